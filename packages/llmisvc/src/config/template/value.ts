/** What a template sees. Structs have a fixed set of fields in Go's spelling, maps have any keys. */
export type Value = string | number | boolean | null | readonly Value[] | GoStruct | GoMap;

export interface GoStruct {
  readonly type: 'struct';
  /** Field names in Go's spelling, for "did you mean". */
  readonly fieldNames: readonly string[];
  /** Undefined: there is no such field; null: it is not set. */
  field(name: string): Value | undefined;
}

export interface GoMap {
  readonly type: 'map';
  readonly entries: ReadonlyMap<string, Value>;
}

export function isStruct(value: Value): value is GoStruct {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'struct';
}

export function isMap(value: Value): value is GoMap {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'map';
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Go's idea of truth: zero values are false; a struct that is set is true even when empty. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === '') return false;
  if (isList(value)) return value.length > 0;
  return isMap(value) ? value.entries.size > 0 : true;
}

/** How Go prints a value with %v. */
export function show(value: Value): string {
  if (value === null) return '<nil>';
  if (isList(value)) return `[${value.map(show).join(' ')}]`;
  if (isMap(value)) {
    return `map[${[...value.entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${k}:${show(v)}`)
      .join(' ')}]`;
  }
  if (isStruct(value))
    return `{${value.fieldNames.map((name) => show(value.field(name) ?? null)).join(' ')}}`;
  return String(value);
}
