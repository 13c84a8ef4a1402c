import { isJsonObject, type StructuralSchema } from '../structural.ts';

/** How ownership treats a value: as one unit, item by item, or field by field. */
type Shape = 'leaf' | 'items' | 'fields';

/**
 * Decides by the schema, and by the value where the schema leaves the type open. Null and absent values take any
 * shape: they say nothing about the type.
 */
export function shapeOf(schema: StructuralSchema | undefined, value: unknown): Shape {
  if (Array.isArray(value)) {
    return schema?.listType === 'set' || schema?.listType === 'map' ? 'items' : 'leaf';
  }
  if (isJsonObject(value)) return schema?.mapType === 'atomic' ? 'leaf' : 'fields';
  if (value !== null && value !== undefined) return 'leaf';
  if (schema?.type === 'array')
    return schema.listType === 'set' || schema.listType === 'map' ? 'items' : 'leaf';
  return schema?.type === 'object' && schema.mapType !== 'atomic' ? 'fields' : 'leaf';
}

export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}

/** Null and empty collections are the same to ownership. */
export function entriesOf(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
