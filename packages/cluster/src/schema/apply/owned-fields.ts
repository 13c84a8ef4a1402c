import { childSchema, isJsonObject, type StructuralSchema } from '../structural.ts';
import { type FieldSet, FieldSetBuilder } from './field-set.ts';
import { fieldElement, ItemIdentityError, itemElement, pathText } from './path-element.ts';
import { entriesOf, itemsOf, shapeOf } from './shape.ts';

/** The paths that an applied configuration claims: its leaves, its list items, and the keys of its maps. */
export function fieldsOf(schema: StructuralSchema, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  visit(schema, value, builder, () => undefined);
  return builder.build();
}

/** Throws for lists that name an item twice, which an applied configuration must not. */
export function requireUniqueItems(schema: StructuralSchema | undefined, value: unknown): void {
  switch (shapeOf(schema, value)) {
    case 'leaf':
      return;
    case 'fields': {
      const object = entriesOf(value);
      for (const key of Object.keys(object)) requireUniqueItems(childSchema(schema, key), object[key]);
      return;
    }
    case 'items': {
      const seen = new Set<string>();
      for (const item of itemsOf(value)) {
        const element = itemElement(schema as StructuralSchema, item);
        if (seen.has(element))
          throw new ItemIdentityError(`duplicate entries for key ${pathText([element])}`);
        seen.add(element);
        requireUniqueItems(schema?.items, item);
      }
    }
  }
}

/** `addSelf` adds the path of the value itself to the set of its parent. */
function visit(
  schema: StructuralSchema | undefined,
  value: unknown,
  builder: FieldSetBuilder,
  addSelf: () => void,
): void {
  switch (shapeOf(schema, value)) {
    case 'leaf':
      addSelf();
      return;
    case 'items':
      visitItems(schema as StructuralSchema, itemsOf(value), builder);
      return;
    case 'fields':
      visitFields(schema, entriesOf(value), builder);
  }
}

function visitItems(list: StructuralSchema, items: readonly unknown[], builder: FieldSetBuilder): void {
  const counts = new Map<string, number>();
  const elements = items.map((item) => itemElement(list, item));
  for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  elements.forEach((element, i) => {
    builder.add([element]);
    // Items that cannot be told apart are owned as one.
    if (counts.get(element) === 1) visit(list.items, items[i], builder.child(element), () => undefined);
  });
}

function visitFields(
  schema: StructuralSchema | undefined,
  object: Readonly<Record<string, unknown>>,
  builder: FieldSetBuilder,
): void {
  for (const key of Object.keys(object)) {
    const element = fieldElement(key);
    const value = object[key];
    const addSelf = (): void => builder.add([element]);
    visit(childSchema(schema, key), value, builder.child(element), addSelf);
    const isEmptyValue = value === null || (isJsonObject(value) && Object.keys(value).length === 0);
    // The keys of a map are owned themselves; the declared fields of an object only through what they hold.
    if (isEmptyValue || !schema?.properties.has(key)) addSelf();
  }
}

/** Adds every declared field that has owned children: removing its last child then removes the field. */
export function withNamedFields(set: FieldSet, schema: StructuralSchema | undefined): FieldSet {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    if (name !== undefined && schema?.properties.has(name)) members.add(element);
    children.set(
      element,
      withNamedFields(child, name === undefined ? schema?.items : childSchema(schema, name)),
    );
  }
  return { members, children };
}
