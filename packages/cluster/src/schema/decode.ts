import { base64Problem } from './base64.ts';
import { join } from './field-path.ts';
import { isJsonObject, own, type StructuralSchema } from './structural.ts';

/** `strict decoding error: unknown field "spec.modle"`, with all problems in one line as Kubernetes writes them. */
export function strictDecodingMessage(
  duplicates: readonly string[],
  unknownFields: readonly string[],
): string | undefined {
  const problems = [
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  return problems.length === 0 ? undefined : `strict decoding error: ${problems.join(', ')}`;
}

/**
 * Why a body cannot be decoded into the Go type of a built-in kind, in the words of its JSON decoder, or undefined.
 * Nulls always decode: they leave the field at its zero value.
 */
export function builtinTypeError(schema: StructuralSchema, value: unknown): string | undefined {
  return visit(schema, value, '', schema.typeName ?? '');
}

function visit(schema: StructuralSchema, value: unknown, path: string, owner: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  const problem = mismatch(schema, value, path, owner);
  if (problem !== undefined) return problem;
  const { items } = schema;
  if (Array.isArray(value) && items !== undefined) {
    for (const item of value) {
      const inner = visit(items, item, path, owner);
      if (inner !== undefined) return inner;
    }
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const field = schema.properties.get(key) ?? schema.additional;
      if (field === undefined) continue;
      const isDeclared = schema.properties.has(key);
      const holder = isDeclared ? (schema.typeName ?? owner) : owner;
      // Keys of maps are no part of the path, nor are indexes of lists.
      const inner = visit(field, own(value, key), isDeclared ? join(path, key) : path, holder);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function mismatch(schema: StructuralSchema, value: unknown, path: string, owner: string): string | undefined {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const name = schema.typeName;
  if (name === 'Quantity') return quantityProblem(value);
  if (schema.intOrString || name === 'IntOrString') {
    return found === 'string' || found === 'number' ? undefined : unmarshal(found, path, owner, 'int32');
  }
  const expected = goType(schema);
  if (expected === undefined) return undefined;
  const wanted = schema.type === 'boolean' ? 'bool' : schema.type === 'integer' ? 'number' : schema.type;
  if (wanted !== found) return unmarshal(found, path, owner, expected);
  if (schema.type === 'integer' && !Number.isInteger(value)) {
    return unmarshal(`number ${String(value)}`, path, owner, expected);
  }
  return schema.checks?.format === 'byte' ? base64Problem(String(value)) : undefined;
}

function goType(schema: StructuralSchema): string | undefined {
  const format = schema.checks?.format;
  switch (schema.type) {
    case 'integer':
      return format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return format === 'byte'
        ? '[]uint8'
        : schema.typeName === undefined
          ? 'string'
          : `v1.${schema.typeName}`;
    case 'array':
      return `[]${goNameOf(schema.items)}`;
    case 'object':
      return schema.additional === undefined ? goNameOf(schema) : `map[string]${goNameOf(schema.additional)}`;
    default:
      return undefined;
  }
}

function goNameOf(schema: StructuralSchema | undefined): string {
  if (schema === undefined) return 'interface {}';
  if (schema.typeName !== undefined) return `v1.${schema.typeName}`;
  return schema.type === undefined || schema.type === 'object'
    ? 'interface {}'
    : (goType(schema) ?? 'string');
}

function unmarshal(found: string, path: string, owner: string, expected: string): string {
  return `json: cannot unmarshal ${found} into Go struct field ${owner}.${path} of type ${expected}`;
}

function quantityProblem(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (
    typeof text === 'string' &&
    /^[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/.test(text)
  ) {
    return undefined;
  }
  return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
}
