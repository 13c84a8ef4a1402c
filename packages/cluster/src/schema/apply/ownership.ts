import type { StructuralSchema } from '../structural.ts';
import { type Comparison, compare } from './compare.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmpty,
  recursiveDifference,
  setOf,
  union,
} from './field-set.ts';
import type { Manager, Managers } from './managers.ts';
import { fieldsOf, withNamedFields } from './owned-fields.ts';
import { removeFields } from './remove.ts';

/** Fields that nobody owns: identity, and what only the server writes. */
const unowned: FieldSet = setOf([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]);

export function withoutUnowned(fields: FieldSet): FieldSet {
  return difference(fields, unowned);
}

interface Change {
  /** Managers after the change; without the fields that the change took from them. */
  readonly managers: Managers;
  readonly comparison: Comparison;
  /** What each other manager lost because the value changed. */
  readonly conflicts: ReadonlyMap<Manager, FieldSet>;
}

/** What a change from `before` to `after` by the manager `self` means for all others. */
export function changeOwners(
  schema: StructuralSchema,
  before: unknown,
  after: unknown,
  managers: Managers,
  self: string,
  ignored: FieldSet,
): Change {
  const comparison = withoutIgnored(compare(schema, before, after), ignored);
  const changed = union(comparison.modified, comparison.added);
  const conflicts = new Map<Manager, FieldSet>();
  const result = new Map<string, Manager>();
  for (const [id, manager] of managers) {
    let { fields } = manager;
    if (id !== self) {
      const lost = intersection(fields, changed);
      if (!isEmpty(lost)) conflicts.set(manager, lost);
      fields = difference(difference(fields, lost), comparison.removed);
    }
    if (!isEmpty(fields)) result.set(id, { ...manager, fields });
  }
  return { managers: result, comparison, conflicts };
}

function withoutIgnored(comparison: Comparison, ignored: FieldSet): Comparison {
  if (isEmpty(ignored)) return comparison;
  return {
    removed: recursiveDifference(comparison.removed, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
    added: recursiveDifference(comparison.added, ignored),
  };
}

/** Removes from `merged` what the applier owned before, no longer sends, and nobody else owns. */
export function dropAbandoned(
  schema: StructuralSchema,
  merged: unknown,
  managers: Managers,
  { last, claimed }: { readonly last: FieldSet | undefined; readonly claimed: FieldSet },
): unknown {
  if (last === undefined || isEmpty(difference(last, claimed))) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, schema);
  const everything = named(fieldsOf(schema, merged));
  const owned = named([...managers.values()].reduce((all, one) => union(all, one.fields), emptySet));
  const lastNamed = named(last);
  const pruned = removeFields(schema, merged, lastNamed);
  const kept = named(fieldsOf(schema, pruned));
  const withOwned = removeFields(schema, merged, difference(everything, union(kept, owned)));
  // What hung below a removed parent but was not the applier's stays too.
  const stays = named(fieldsOf(schema, withOwned));
  return removeFields(schema, merged, intersection(difference(everything, stays), lastNamed));
}
