import { isJsonObject, own, type StructuralSchema } from './structural.ts';

/** The earlier value of a field, where an update can be compared field by field. */
export function oldField(schema: StructuralSchema, old: unknown, key: string): unknown {
  if (schema.mapType === 'atomic' || !isJsonObject(old)) return undefined;
  return own(old, key);
}

/** The earlier value of each item of a map list, matched by its keys; items of other lists cannot be matched. */
export function oldItems(
  schema: StructuralSchema,
  list: readonly unknown[],
  old: unknown,
): readonly (unknown | undefined)[] {
  if (schema.listType !== 'map' || !Array.isArray(old)) return [];
  const identity = (item: unknown): string =>
    JSON.stringify(schema.listMapKeys.map((key) => (isJsonObject(item) ? (own(item, key) ?? null) : null)));
  const before = new Map(old.map((item: unknown) => [identity(item), item]));
  return list.map((item) => before.get(identity(item)));
}
