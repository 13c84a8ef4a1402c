import { type FieldPath, pathText } from './field-path.ts';
import { put, type StructuralSchema } from './structural.ts';

export interface Pruned {
  /** The value without undeclared fields; parts without any are shared with the input. */
  readonly value: unknown;
  /** Paths of the fields that were dropped, such as `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
}

/** Drops fields that the schema does not declare, as decoding into a typed object or a CRD's pruning does. */
export function prune(schema: StructuralSchema, value: unknown): Pruned {
  const walk: Walk = { path: [], unknownFields: [] };
  return { value: visit(schema, value, walk), unknownFields: walk.unknownFields };
}

interface Walk {
  readonly path: FieldPath;
  readonly unknownFields: string[];
}

function visit(schema: StructuralSchema, value: unknown, walk: Walk): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return visitList(schema, value, walk);
  return visitObject(schema, value as Record<string, unknown>, walk);
}

function visitList(schema: StructuralSchema, list: readonly unknown[], walk: Walk): readonly unknown[] {
  const { items } = schema;
  if (items === undefined) return list;
  let result: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    walk.path.push(i);
    const pruned = visit(items, list[i], walk);
    walk.path.pop();
    if (pruned !== list[i]) {
      result ??= list.slice();
      result[i] = pruned;
    }
  }
  return result ?? list;
}

/** Copies the object when the first of its fields changes. */
function visitObject(
  { properties, additional, preservesUnknown }: StructuralSchema,
  object: Record<string, unknown>,
  walk: Walk,
): Record<string, unknown> {
  let result: Record<string, unknown> | undefined;
  for (const key in object) {
    const field = properties.get(key) ?? additional;
    if (field === undefined && preservesUnknown) continue;
    walk.path.push(key);
    if (field === undefined) {
      walk.unknownFields.push(pathText(walk.path));
      result ??= { ...object };
      delete result[key];
    } else {
      const value = object[key];
      const pruned = visit(field, value, walk);
      if (pruned !== value) {
        result ??= { ...object };
        put(result, key, pruned);
      }
    }
    walk.path.pop();
  }
  return result ?? object;
}
