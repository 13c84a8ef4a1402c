import { childSchema, isJsonObject, put, type StructuralSchema } from './structural.ts';

/**
 * The object of a built-in kind without the empty lists and maps that its Go type does not write: optional ones.
 * Empty objects with declared fields stay, they mean something (`emptyDir: {}`). Untouched parts are shared.
 */
export function omitEmpty(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const result = value.map((item) => omitEmpty(items, item));
    return result.every((item, i) => item === value[i]) ? value : result;
  }
  if (!isJsonObject(value)) return value;
  let changed = false;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = childSchema(schema, key);
    const kept = field === undefined ? value[key] : omitEmpty(field, value[key]);
    if (kept !== value[key]) changed = true;
    if (schema.properties.has(key) && !schema.required.includes(key) && isEmptyCollection(field, kept))
      changed = true;
    else put(result, key, kept);
  }
  return changed ? result : value;
}

function isEmptyCollection(schema: StructuralSchema | undefined, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 && schema?.type === 'array';
  return isJsonObject(value) && schema?.additional !== undefined && Object.keys(value).length === 0;
}
