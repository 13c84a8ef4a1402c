import { canonicalJson } from '@weir/core/hash';

/** A field that differs; the side that lacks it has no value. */
export interface FieldChange {
  /** Such as `spec.template.containers[main].image`. */
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** The fields in which two values differ. What only one side has is one change, however much stands in it. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  return [...changesAt(before, after, '')];
}

function* changesAt(from: unknown, to: unknown, field: string): Iterable<FieldChange> {
  const [old, now] = [childrenOf(from), childrenOf(to)];
  if (old !== null && now !== null) {
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const path = name.startsWith('[') || field === '' ? `${field}${name}` : `${field}.${name}`;
      yield* changesAt(old.get(name), now.get(name), path);
    }
  } else if (from === undefined || to === undefined || canonicalJson(from) !== canonicalJson(to)) {
    yield { field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  }
}

/** The parts of a value that are compared one by one: fields, or the items of a list by their names. */
function childrenOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) {
    const entries = Object.entries(value);
    return new Map(entries.map(([key, item]) => [/[.[\]]/.test(key) ? `[${key}]` : key, item]));
  }
  const names = value.map((item) => (item as { readonly name?: unknown } | null)?.name);
  const areNames = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return areNames && names.length > 0 ? new Map(value.map((item, i) => [`[${names[i]}]`, item])) : null;
}
