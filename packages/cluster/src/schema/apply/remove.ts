import { childSchema, put, type StructuralSchema } from '../structural.ts';
import { emptySet, type FieldSet, isEmpty } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';
import { entriesOf, itemsOf, shapeOf } from './shape.ts';

/** The value without the paths of `set`. Undefined when nothing is left. */
export function removeFields(schema: StructuralSchema | undefined, value: unknown, set: FieldSet): unknown {
  const shape = shapeOf(schema, value);
  if (shape === 'fields') return removeFromObject(schema, entriesOf(value), set);
  if (shape === 'items') return removeFromList(schema as StructuralSchema, itemsOf(value), set);
  // A unit is removed by its parent or not at all; what was inside an atomic collection has gone with it.
  return typeof value === 'object' && value !== null ? undefined : value;
}

function removeFromObject(
  schema: StructuralSchema | undefined,
  object: Readonly<Record<string, unknown>>,
  set: FieldSet,
): Record<string, unknown> | undefined {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const element = fieldElement(key);
    if (set.members.has(element)) continue;
    const below = set.children.get(element) ?? emptySet;
    const kept = isEmpty(below) ? object[key] : removeFields(childSchema(schema, key), object[key], below);
    if (kept !== undefined) put(result, key, kept);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function removeFromList(
  list: StructuralSchema,
  items: readonly unknown[],
  set: FieldSet,
): unknown[] | undefined {
  const result: unknown[] = [];
  for (const item of items) {
    const element = itemElement(list, item);
    if (set.members.has(element)) continue;
    const below = set.children.get(element) ?? emptySet;
    const kept = isEmpty(below) ? item : removeFields(list.items, item, below);
    if (kept !== undefined) result.push(kept);
  }
  return result.length === 0 ? undefined : result;
}
