import { isJsonObject, put, type StructuralSchema } from './structural.ts';

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
  let result: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    const isMissing = item === null && items.default !== undefined && !items.nullable;
    const filled = applyDefaults(items, isMissing ? structuredClone(items.default) : item);
    if (filled === item) continue;
    result ??= list.slice();
    result[i] = filled;
  }
  return result ?? list;
}

/** Copies the object when the first of its fields changes. */
function defaultObject(schema: StructuralSchema, object: Record<string, unknown>): Record<string, unknown> {
  const { properties, additional } = schema;
  let result: Record<string, unknown> | undefined;
  for (const key in object) {
    const current = object[key];
    if (isPresentScalar(current)) continue;
    const declared = properties.get(key);
    const field = declared ?? additional;
    if (field === undefined) continue;
    const filled = defaultField(field, current, declared !== undefined);
    if (filled === current) continue;
    result ??= { ...object };
    if (filled === undefined) delete result[key];
    else put(result, key, filled);
  }
  for (const [key, field] of fieldsWithDefault(schema)) {
    if (Object.hasOwn(object, key)) continue;
    result ??= { ...object };
    put(result, key, defaultField(field, undefined, true));
  }
  return result ?? object;
}

/** Nothing to fill in, nothing inside. */
function isPresentScalar(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined;
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
