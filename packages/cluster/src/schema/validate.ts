import { duplicate, type FieldError, invalid, required, typeInvalid } from '@weir/api/meta';
import { isEqual } from './apply/shape.ts';
import { oldField, oldItems } from './correlate.ts';
import { isJsonObject, own, type StructuralSchema } from './structural.ts';
import { checkValue } from './value-checks.ts';

interface ValidateOptions {
  /** Stop after this many errors: one broken list must not make an answer of megabytes. */
  readonly maxErrors?: number;
  /** The stored object on update: what it holds already is not judged again, so tightened schemas block nobody. */
  readonly old?: unknown;
  /** Where the value stands in its object. */
  readonly path?: string;
}

const defaultMaxErrors = 100;

/** Checks a value of a custom kind against its schema: types, restrictions and the uniqueness of lists. */
export function validateSchema(
  schema: StructuralSchema,
  value: unknown,
  options: ValidateOptions = {},
): readonly FieldError[] {
  const walk: Walk = { errors: [], maxErrors: options.maxErrors ?? defaultMaxErrors };
  visit(schema, value, options.old ?? undefined, options.path ?? '', walk);
  return walk.errors.slice(0, walk.maxErrors);
}

interface Walk {
  readonly errors: FieldError[];
  readonly maxErrors: number;
}

function visit(schema: StructuralSchema, value: unknown, old: unknown, path: string, walk: Walk): void {
  if (walk.errors.length >= walk.maxErrors) return;
  if (old !== undefined && isEqual(value, old)) return;
  if (value === null && schema.nullable) return;
  const wrong = typeErrors(schema, value, path);
  if (wrong.length > 0) {
    walk.errors.push(...wrong);
    return;
  }
  if (schema.checks !== undefined) walk.errors.push(...checkValue(schema.checks, value, path));
  if (Array.isArray(value)) visitList(schema, value, old, path, walk);
  else if (isJsonObject(value)) visitObject(schema, value, old, path, walk);
}

function visitObject(
  schema: StructuralSchema,
  object: Record<string, unknown>,
  old: unknown,
  path: string,
  walk: Walk,
): void {
  for (const key of schema.required) {
    if (own(object, key) === undefined) walk.errors.push(required(join(path, key)));
  }
  if (schema.embedsResource) checkEmbedded(object, path, walk);
  for (const key of Object.keys(object)) {
    const field = schema.properties.get(key) ?? schema.additional;
    if (field !== undefined) visit(field, object[key], oldField(schema, old, key), join(path, key), walk);
  }
}

function visitList(
  schema: StructuralSchema,
  list: readonly unknown[],
  old: unknown,
  path: string,
  walk: Walk,
): void {
  if (schema.listType === 'set') checkUnique(list, list, path, walk);
  if (schema.listType === 'map') checkKeys(schema, list, path, walk);
  const { items } = schema;
  if (items === undefined) return;
  const before = oldItems(schema, list, old);
  for (let i = 0; i < list.length; i++) visit(items, list[i], before[i], `${path}[${i}]`, walk);
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

function typeErrors(schema: StructuralSchema, value: unknown, path: string): readonly FieldError[] {
  if (schema.intOrString) {
    if (typeof value === 'string' || Number.isInteger(value)) return [];
    const detail = `${JSON.stringify(path)} must validate at least one schema (anyOf)`;
    return [
      invalid('', '', detail),
      wrongType(path, value, 'integer'),
      wrongType(path, value, 'integer,string'),
    ];
  }
  if (schema.type === undefined || hasType(schema.type, value)) return [];
  return [wrongType(path, value, schema.type)];
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

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
