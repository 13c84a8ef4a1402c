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
  for (const key of Object.keys(object)) {
    const field = schema.properties.get(key) ?? schema.additional;
    if (field === undefined) continue;
    const current = own(object, key);
    const filled = defaultField(field, current, schema.properties.has(key));
    if (filled === current) continue;
    if (filled === undefined) delete editable()[key];
    else put(editable(), key, filled);
  }
  for (const [key, field] of fieldsWithDefault(schema)) {
    if (!Object.hasOwn(object, key)) put(editable(), key, defaultField(field, undefined, true));
  }
  return result;
}

type Fields = readonly (readonly [string, StructuralSchema])[];
const defaulted = new WeakMap<StructuralSchema, Fields>();

/** Declared fields that appear where they are absent: few of the hundreds that a pod has. */
function fieldsWithDefault(schema: StructuralSchema): Fields {
  let fields = defaulted.get(schema);
  if (fields === undefined) {
    fields = [...schema.properties].filter(([, field]) => field.default !== undefined);
    defaulted.set(schema, fields);
  }
  return fields;
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
