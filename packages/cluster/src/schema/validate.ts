import { duplicate, type FieldError, invalid, required, typeInvalid } from '@weir/api/meta';
import { isJsonObject, own, type StructuralSchema } from './structural.ts';
import { checkValue } from './value-checks.ts';

export interface ValidateOptions {
  /** Stop after this many errors: one broken list must not make an answer of megabytes. */
  readonly maxErrors?: number;
}

const defaultMaxErrors = 100;

/** Checks a value of a custom kind against its schema: types, restrictions and the uniqueness of lists. */
export function validateSchema(
  schema: StructuralSchema,
  value: unknown,
  options: ValidateOptions = {},
): readonly FieldError[] {
  const walk: Walk = { errors: [], maxErrors: options.maxErrors ?? defaultMaxErrors };
  visit(schema, value, '', walk);
  return walk.errors.slice(0, walk.maxErrors);
}

interface Walk {
  readonly errors: FieldError[];
  readonly maxErrors: number;
}

function visit(schema: StructuralSchema, value: unknown, path: string, walk: Walk): void {
  if (walk.errors.length >= walk.maxErrors) return;
  if (value === null && schema.nullable) return;
  const wrongType = typeErrorOf(schema, value, path);
  if (wrongType !== undefined) {
    walk.errors.push(wrongType);
    return;
  }
  if (schema.checks !== undefined) walk.errors.push(...checkValue(schema.checks, value, path));
  if (Array.isArray(value)) visitList(schema, value, path, walk);
  else if (isJsonObject(value)) visitObject(schema, value, path, walk);
}

function visitObject(
  schema: StructuralSchema,
  object: Record<string, unknown>,
  path: string,
  walk: Walk,
): void {
  for (const key of schema.required) {
    if (own(object, key) === undefined) walk.errors.push(required(join(path, key)));
  }
  if (schema.embedsResource) checkEmbedded(object, path, walk);
  for (const key of Object.keys(object)) {
    const field = schema.properties.get(key) ?? schema.additional;
    if (field !== undefined) visit(field, object[key], join(path, key), walk);
  }
}

function visitList(schema: StructuralSchema, list: readonly unknown[], path: string, walk: Walk): void {
  if (schema.listType === 'set') checkUnique(list, list, path, walk);
  if (schema.listType === 'map') checkKeys(schema, list, path, walk);
  const { items } = schema;
  if (items === undefined) return;
  for (let i = 0; i < list.length; i++) visit(items, list[i], `${path}[${i}]`, walk);
}

function checkKeys(schema: StructuralSchema, list: readonly unknown[], path: string, walk: Walk): void {
  const bad = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (bad >= 0) {
    const detail = 'must be an object for an array of list-type map';
    walk.errors.push(invalid(`${path}[${bad}]`, list[bad], detail));
    return;
  }
  const keys = list.map((item) => {
    const object = isJsonObject(item) ? item : {};
    const entries = schema.listMapKeys
      .filter((key) => Object.hasOwn(object, key))
      .map((key) => [key, object[key]]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  });
  checkUnique(keys, keys, path, walk);
}

/** Reports the second appearance of each repeated value, as Kubernetes does. */
function checkUnique(
  identities: readonly unknown[],
  shown: readonly unknown[],
  path: string,
  walk: Walk,
): void {
  const seen = new Map<string, number>();
  identities.forEach((identity, i) => {
    const text = JSON.stringify(identity) ?? '';
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    if (times === 1) walk.errors.push(duplicate(`${path}[${i}]`, shown[i]));
  });
}

function checkEmbedded(object: Record<string, unknown>, path: string, walk: Walk): void {
  for (const key of ['apiVersion', 'kind']) {
    if (typeof own(object, key) !== 'string' || object[key] === '') {
      walk.errors.push(required(join(path, key), 'must not be empty'));
    }
  }
}

export function typeErrorOf(schema: StructuralSchema, value: unknown, path: string): FieldError | undefined {
  if (schema.intOrString) {
    return typeof value === 'string' || Number.isInteger(value)
      ? undefined
      : wrongType(path, value, 'integer,string');
  }
  if (schema.type === undefined || hasType(schema.type, value)) return undefined;
  return wrongType(path, value, schema.type);
}

function hasType(type: NonNullable<StructuralSchema['type']>, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function wrongType(path: string, value: unknown, expected: string): FieldError {
  const found = typeNameOf(value);
  return typeInvalid(path, found, `${path} in body must be of type ${expected}: ${JSON.stringify(found)}`);
}

export function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
