import { childSchema, isJsonObject, type StructuralSchema } from '../structural.ts';
import { type FieldSet, FieldSetBuilder } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';
import { entriesOf, isEqual, itemsOf, shapeOf } from './shape.ts';

export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

interface Differences {
  readonly removed: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly added: FieldSetBuilder;
}

/** Which paths differ between two versions of an object. */
export function compare(schema: StructuralSchema, before: unknown, after: unknown): Comparison {
  const differences = {
    removed: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    added: new FieldSetBuilder(),
  };
  visit(schema, before, after, differences, undefined);
  return {
    removed: differences.removed.build(),
    modified: differences.modified.build(),
    added: differences.added.build(),
  };
}

/** Undefined stands for absent on either side; `self` is the element of the value in its parent's sets. */
function visit(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  into: Differences,
  self: string | undefined,
): void {
  const left = before === undefined ? undefined : shapeOf(schema, before);
  const right = after === undefined ? undefined : shapeOf(schema, after);
  if (left === undefined && right === undefined) return;
  const isLeaf = (left ?? 'leaf') === 'leaf' && (right ?? 'leaf') === 'leaf';
  if (isLeaf || (!hasContent(before) && !hasContent(after))) {
    markLeaf(before, after, into, self);
    return;
  }
  const inner = self === undefined ? into : below(into, self, before, after);
  if (left === 'items' || right === 'items') {
    visitItems(schema as StructuralSchema, itemsOf(before), itemsOf(after), inner);
  }
  if (left === 'fields' || right === 'fields') visitFields(schema, before, after, inner);
  if (left === 'leaf' || right === 'leaf') markLeaf(before, after, into, self);
  else if (self !== undefined && before === undefined) into.added.add([self]);
  else if (self !== undefined && after === undefined) into.removed.add([self]);
}

function markLeaf(before: unknown, after: unknown, into: Differences, self: string | undefined): void {
  if (self === undefined) return;
  if (before === undefined) into.added.add([self]);
  else if (after === undefined) into.removed.add([self]);
  else if (!isEqual(before, after)) into.modified.add([self]);
}

function visitFields(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  into: Differences,
): void {
  const old = entriesOf(before);
  for (const key of Object.keys(old)) visitField(schema, before, after, key, into);
  for (const key of Object.keys(entriesOf(after))) {
    if (!Object.hasOwn(old, key)) visitField(schema, before, after, key, into);
  }
}

function visitField(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  key: string,
  into: Differences,
): void {
  const left = fieldOf(schema, before, key);
  const right = fieldOf(schema, after, key);
  if (left !== right) visit(childSchema(schema, key), left, right, into, fieldElement(key));
}

/** A field that its Go type always writes is there, with its zero value, wherever its object is. */
function fieldOf(schema: StructuralSchema | undefined, object: unknown, key: string): unknown {
  if (!isJsonObject(object)) return undefined;
  return Object.hasOwn(object, key) ? object[key] : schema?.zeroFields?.get(key);
}

function visitItems(
  list: StructuralSchema,
  before: readonly unknown[],
  after: readonly unknown[],
  into: Differences,
): void {
  const left = groupItems(list, before);
  const right = groupItems(list, after);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const mine = left.get(element) ?? [];
    const theirs = right.get(element) ?? [];
    if (mine.length <= 1 && theirs.length <= 1) {
      visit(list.items, mine[0], theirs[0], into, element);
    } else if (mine.length >= 2 && theirs.length >= 2) {
      if (!isEqual(mine, theirs)) into.modified.add([element]);
    } else if (mine.length >= 2) {
      if (theirs.length === 1) visit(list.items, undefined, theirs[0], into, element);
      into.removed.add([element]);
    } else {
      if (mine.length === 1) visit(list.items, mine[0], undefined, into, element);
      into.added.add([element]);
    }
  }
}

function groupItems(list: StructuralSchema, items: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(list, item);
    groups.set(element, [...(groups.get(element) ?? []), item]);
  }
  return groups;
}

/** Within what is new only additions are found, within what is gone only removals: most creates are all new. */
function below(into: Differences, element: string, before: unknown, after: unknown): Differences {
  const { removed, modified, added } = into;
  if (before === undefined) return { removed, modified, added: added.child(element) };
  if (after === undefined) return { removed: removed.child(element), modified, added };
  return {
    removed: removed.child(element),
    modified: modified.child(element),
    added: added.child(element),
  };
}

function hasContent(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
