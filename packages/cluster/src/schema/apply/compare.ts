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
  const shapes = [...new Set([before, after].filter(isPresent).map((value) => shapeOf(schema, value)))];
  const isNothing = !hasContent(before) && !hasContent(after);
  if (shapes.length === 0) return;
  if (isNothing || shapes.every((shape) => shape === 'leaf')) {
    markLeaf(before, after, into, self);
    return;
  }
  const inner = self === undefined ? into : below(into, self);
  if (shapes.includes('items'))
    visitItems(schema as StructuralSchema, itemsOf(before), itemsOf(after), inner);
  if (shapes.includes('fields')) visitFields(schema, before, after, inner);
  if (shapes.includes('leaf')) markLeaf(before, after, into, self);
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
  for (const key of new Set([...Object.keys(entriesOf(before)), ...Object.keys(entriesOf(after))])) {
    const left = fieldOf(schema, before, key);
    const right = fieldOf(schema, after, key);
    if (left !== right) visit(childSchema(schema, key), left, right, into, fieldElement(key));
  }
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

function below(into: Differences, element: string): Differences {
  return {
    removed: into.removed.child(element),
    modified: into.modified.child(element),
    added: into.added.child(element),
  };
}

function isPresent(value: unknown): boolean {
  return value !== undefined;
}

function hasContent(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
