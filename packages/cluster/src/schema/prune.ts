import { isJsonObject, put, type StructuralSchema } from './structural.ts';

export interface Pruned {
  /** The value without undeclared fields; parts without any are shared with the input. */
  readonly value: unknown;
  /** Paths of the fields that were dropped, such as `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
}

/** Drops fields that the schema does not declare, as decoding into a typed object or a CRD's pruning does. */
export function prune(schema: StructuralSchema, value: unknown): Pruned {
  const unknownFields: string[] = [];
  return { value: visit(schema, value, '', unknownFields), unknownFields };
}

function visit(schema: StructuralSchema, value: unknown, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) return visitList(schema, value, path, unknown);
  if (isJsonObject(value)) return visitObject(schema, value, path, unknown);
  return value;
}

function visitList(
  schema: StructuralSchema,
  list: readonly unknown[],
  path: string,
  unknown: string[],
): readonly unknown[] {
  const { items } = schema;
  if (items === undefined) return list;
  let result: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const pruned = visit(items, list[i], `${path}[${i}]`, unknown);
    if (pruned !== list[i]) {
      result ??= list.slice();
      result[i] = pruned;
    }
  }
  return result ?? list;
}

function visitObject(
  schema: StructuralSchema,
  object: Record<string, unknown>,
  path: string,
  unknown: string[],
): Record<string, unknown> {
  let changed = false;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const field = schema.properties.get(key) ?? schema.additional;
    const fieldPath = path === '' ? key : `${path}.${key}`;
    if (field === undefined && !schema.preservesUnknown) {
      unknown.push(fieldPath);
      changed = true;
      continue;
    }
    const value = object[key];
    const pruned = field === undefined ? value : visit(field, value, fieldPath, unknown);
    if (pruned !== value) changed = true;
    put(result, key, pruned);
  }
  return changed ? result : object;
}
