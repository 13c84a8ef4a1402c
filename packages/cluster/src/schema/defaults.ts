import { isJsonObject, own, put, type StructuralSchema } from './structural.ts';

/**
 * Fills in the defaults that a CRD's schema declares, parents before children; a null where the schema forbids
 * null counts as absent. The input is not changed; untouched parts are shared.
 * Not for built-in kinds: their OpenAPI documents state zero values, not the server's defaults.
 */
export function applyDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (schema.typeName !== undefined) return value;
  if (Array.isArray(value)) return defaultList(schema, value);
  if (isJsonObject(value)) return defaultObject(schema, value);
  return value;
}

function defaultList(schema: StructuralSchema, list: readonly unknown[]): readonly unknown[] {
  const { items } = schema;
  if (items === undefined) return list;
  const result = list.map((item) =>
    item === null && items.default !== undefined && !items.nullable
      ? applyDefaults(items, structuredClone(items.default))
      : applyDefaults(items, item),
  );
  return result.every((item, i) => item === list[i]) ? list : result;
}

function defaultObject(schema: StructuralSchema, object: Record<string, unknown>): Record<string, unknown> {
  let result = object;
  const editable = (): Record<string, unknown> => {
    if (result === object) result = { ...object };
    return result;
  };
  const keys = new Set([...schema.properties.keys(), ...Object.keys(object)]);
  for (const key of keys) {
    const field = schema.properties.get(key) ?? schema.additional;
    if (field === undefined) continue;
    const isDeclared = schema.properties.has(key);
    const current = own(object, key);
    const filled = defaultField(field, current, isDeclared);
    if (filled === current) continue;
    if (filled === undefined) delete editable()[key];
    else put(editable(), key, filled);
  }
  return result;
}

/** Undefined: the field is, or becomes, absent. */
function defaultField(field: StructuralSchema, current: unknown, isDeclared: boolean): unknown {
  const isRefusedNull =
    current === null && !field.nullable && field.typeName === undefined && !field.preservesUnknown;
  if (isRefusedNull || (current === undefined && isDeclared)) {
    return field.default === undefined ? undefined : applyDefaults(field, structuredClone(field.default));
  }
  return applyDefaults(field, current);
}
