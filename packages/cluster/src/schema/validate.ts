import { duplicate, type FieldError, invalid, required, typeInvalid } from '@weir/api/meta';
import { isEqual } from './apply/shape.ts';
import { oldField, oldItems } from './correlate.ts';
import { type FieldPath, pathText } from './field-path.ts';
import { isJsonObject, own, type StructuralSchema } from './structural.ts';
import { areDistinct } from './unique.ts';
import { checkValue } from './value-checks.ts';

interface ValidateOptions {
  /** Stop after this many errors: one broken list must not make an answer of megabytes. */
  readonly maxErrors?: number;
  /** The stored object on update: what it holds already is not judged again, so tightened schemas block nobody. */
  readonly old?: unknown;
  /** Where the value stands in its object. */
  readonly path?: FieldPath;
}

const defaultMaxErrors = 100;

/** Checks a value of a custom kind against its schema: types, restrictions and the uniqueness of lists. */
export function validateSchema(
  schema: StructuralSchema,
  value: unknown,
  options: ValidateOptions = {},
): readonly FieldError[] {
  const maxErrors = options.maxErrors ?? defaultMaxErrors;
  const walk: Walk = { errors: [], maxErrors, path: options.path ?? [] };
  visit(schema, value, options.old ?? undefined, walk);
  return walk.errors.length > maxErrors ? walk.errors.slice(0, maxErrors) : walk.errors;
}

interface Walk {
  readonly errors: FieldError[];
  readonly maxErrors: number;
  readonly path: FieldPath;
}

function visit(schema: StructuralSchema, value: unknown, old: unknown, walk: Walk): void {
  if (walk.errors.length >= walk.maxErrors) return;
  if (old !== undefined && isEqual(value, old)) return;
  if (value === null && schema.nullable) return;
  if (!hasRightType(schema, value)) {
    walk.errors.push(...typeErrors(schema, value, pathText(walk.path)));
    return;
  }
  if (schema.checks !== undefined) checkValue(schema.checks, value, walk.path, walk.errors);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) visitList(schema, value, old, walk);
  else visitObject(schema, value as Record<string, unknown>, old, walk);
}

function visitObject(
  schema: StructuralSchema,
  object: Record<string, unknown>,
  old: unknown,
  walk: Walk,
): void {
  for (const key of schema.required) {
    if (own(object, key) === undefined) walk.errors.push(required(pathText([...walk.path, key])));
  }
  if (schema.embedsResource) checkEmbedded(object, walk);
  const { properties, additional } = schema;
  for (const key in object) {
    const field = properties.get(key) ?? additional;
    if (field === undefined) continue;
    walk.path.push(key);
    visit(field, object[key], old === undefined ? undefined : oldField(schema, old, key), walk);
    walk.path.pop();
  }
}

function visitList(schema: StructuralSchema, list: readonly unknown[], old: unknown, walk: Walk): void {
  if (schema.listType === 'set' && list.length > 1) checkUnique(list, list, walk);
  if (schema.listType === 'map') checkKeys(schema, list, walk);
  const { items } = schema;
  if (items === undefined) return;
  const before = oldItems(schema, list, old);
  for (let i = 0; i < list.length; i++) {
    walk.path.push(i);
    visit(items, list[i], before[i], walk);
    walk.path.pop();
  }
}

function checkKeys(schema: StructuralSchema, list: readonly unknown[], walk: Walk): void {
  const bad = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (bad >= 0) {
    const detail = 'must be an object for an array of list-type map';
    walk.errors.push(invalid(pathText([...walk.path, bad]), list[bad], detail));
    return;
  }
  if (areDistinct(list, schema.listMapKeys)) return;
  const keys = list.map((item) => {
    const object = isJsonObject(item) ? item : {};
    const entries = schema.listMapKeys
      .filter((key) => Object.hasOwn(object, key))
      .map((key) => [key, object[key]]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  });
  checkUnique(keys, keys, walk);
}

/** Reports the second appearance of each repeated value, as Kubernetes does. */
function checkUnique(identities: readonly unknown[], shown: readonly unknown[], walk: Walk): void {
  const seen = new Map<string, number>();
  identities.forEach((identity, i) => {
    const text = JSON.stringify(identity) ?? '';
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    if (times === 1) walk.errors.push(duplicate(pathText([...walk.path, i]), shown[i]));
  });
}

function checkEmbedded(object: Record<string, unknown>, walk: Walk): void {
  for (const key of ['apiVersion', 'kind']) {
    if (typeof own(object, key) !== 'string' || object[key] === '') {
      walk.errors.push(required(pathText([...walk.path, key]), 'must not be empty'));
    }
  }
}

export function hasRightType({ intOrString, type }: StructuralSchema, value: unknown): boolean {
  if (intOrString) return typeof value === 'string' || Number.isInteger(value);
  switch (type) {
    case undefined:
      return true;
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

function typeErrors(
  { intOrString, type }: StructuralSchema,
  value: unknown,
  path: string,
): readonly FieldError[] {
  if (!intOrString) return [wrongType(path, value, type ?? '')];
  const detail = `${JSON.stringify(path)} must validate at least one schema (anyOf)`;
  return [
    invalid('', '', detail),
    wrongType(path, value, 'integer'),
    wrongType(path, value, 'integer,string'),
  ];
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
