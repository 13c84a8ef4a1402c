import { type FieldError, invalid, notSupported, tooLong, tooMany, typeInvalid } from '@weir/api/meta';
import { type FieldPath, pathText } from './field-path.ts';
import { hasFormat } from './formats.ts';
import { maxMatchedLength, toPattern } from './pattern.ts';
import { isJsonObject, type StructuralSchema, type ValueChecks } from './structural.ts';
import { codePoints } from './text-length.ts';
import { hasRightType, validateSchema } from './validate.ts';

/** Adds the errors of one value against the restrictions beyond its type, in Kubernetes' words. */
export function checkValue(checks: ValueChecks, value: unknown, path: FieldPath, errors: FieldError[]): void {
  if (typeof value === 'string') checkString(checks, value, path, errors);
  else if (typeof value === 'number') checkNumber(checks, value, path, errors);
  else if (Array.isArray(value)) checkList(checks, value, path, errors);
  else if (isJsonObject(value)) checkObject(checks, value, path, errors);
  if (checks.enum !== undefined && !isOneOf(checks.enum, value)) {
    const supported = checks.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    errors.push(notSupported(pathText(path), value, supported));
  }
  if (checks.allOf !== undefined) checkAllOf(checks.allOf, value, path, errors);
  if (checks.anyOf !== undefined) checkAnyOf(checks.anyOf, value, path, errors);
  if (checks.oneOf !== undefined) checkOneOf(checks.oneOf, value, path, errors);
  if (checks.not !== undefined && validateSchema(checks.not, value, { path, maxErrors: 1 }).length === 0) {
    errors.push(branchError(path, 'must not validate the schema (not)'));
  }
}

/** Length, then pattern: the first that fails is the one to mend. */
function checkString(checks: ValueChecks, text: string, path: FieldPath, errors: FieldError[]): void {
  const { minLength, maxLength, pattern, format } = checks;
  const length = minLength !== undefined || maxLength !== undefined ? codePoints(text) : 0;
  if (maxLength !== undefined && length > maxLength) {
    errors.push(tooLong(pathText(path), maxLength));
  } else if (minLength !== undefined && length < minLength) {
    errors.push(fails(path, text, `should be at least ${minLength} chars long`));
  } else if (pattern !== undefined) {
    checkPattern(pattern, text, path, errors);
  }
  if (format !== undefined && !hasFormat(format, text)) {
    const shown = pathText(path);
    const detail = `${shown} in body must be of type ${format}: ${JSON.stringify(text)}`;
    errors.push(typeInvalid(shown, text, detail));
  }
}

function checkPattern(pattern: string, text: string, path: FieldPath, errors: FieldError[]): void {
  if (text.length > maxMatchedLength) {
    const shown = `${text.slice(0, 60)}…`;
    const problem = `should match '${pattern}', which is not tried on more than ${maxMatchedLength} characters`;
    errors.push(fails(path, shown, problem));
    return;
  }
  try {
    if (!toPattern(pattern).test(text)) errors.push(fails(path, text, `should match '${pattern}'`));
  } catch (error) {
    const problem = `should match '${pattern}, but pattern is invalid: ${(error as Error).message}'`;
    errors.push(fails(path, text, problem));
  }
}

function checkNumber(checks: ValueChecks, value: number, path: FieldPath, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf } = checks;
  if (maximum !== undefined && (checks.exclusiveMaximum ? value >= maximum : value > maximum)) {
    const bound = checks.exclusiveMaximum ? 'less than' : 'less than or equal to';
    errors.push(fails(path, value, `should be ${bound} ${maximum}`));
  }
  if (minimum !== undefined && (checks.exclusiveMinimum ? value <= minimum : value < minimum)) {
    const bound = checks.exclusiveMinimum ? 'greater than' : 'greater than or equal to';
    errors.push(fails(path, value, `should be ${bound} ${minimum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(fails(path, value, `should be a multiple of ${multipleOf}`));
  }
  if (checks.format === 'int32' && Number.isInteger(value) && (value < -(2 ** 31) || value >= 2 ** 31)) {
    errors.push(fails(path, value, 'must be of type int32'));
  }
}

function checkList(
  checks: ValueChecks,
  list: readonly unknown[],
  path: FieldPath,
  errors: FieldError[],
): void {
  if (checks.minItems !== undefined && list.length < checks.minItems) {
    errors.push(fails(path, list.length, `should have at least ${checks.minItems} items`));
  }
  if (checks.maxItems !== undefined && list.length > checks.maxItems) {
    errors.push(tooMany(pathText(path), list.length, checks.maxItems));
  }
  if (checks.uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length) {
    errors.push(fails(path, list, "shouldn't contain duplicates"));
  }
}

function checkObject(
  checks: ValueChecks,
  object: Record<string, unknown>,
  path: FieldPath,
  errors: FieldError[],
): void {
  if (checks.minProperties === undefined && checks.maxProperties === undefined) return;
  const size = Object.keys(object).length;
  if (checks.minProperties !== undefined && size < checks.minProperties) {
    errors.push(fails(path, size, `should have at least ${checks.minProperties} properties`));
  }
  if (checks.maxProperties !== undefined && size > checks.maxProperties) {
    errors.push(tooMany(pathText(path), size, checks.maxProperties));
  }
}

/**
 * A failed combination is reported for the object as a whole, naming the path in its text, together with the errors of
 * the branch that came closest: that is where Kubernetes puts them.
 */
function branchError(path: FieldPath, problem: string): FieldError {
  return invalid('', '', `${JSON.stringify(pathText(path))} ${problem}`);
}

type Branches = readonly StructuralSchema[];
type Errors = readonly FieldError[];

function checkAllOf(branches: Branches, value: unknown, path: FieldPath, errors: FieldError[]): void {
  const results = branches.map((branch) => validateSchema(branch, value, { path }));
  const passed = results.filter((result) => result.length === 0).length;
  if (passed === results.length) return;
  errors.push(...results.flat());
  errors.push(
    branchError(path, `must validate all the schemas (allOf)${passed === 0 ? '. None validated' : ''}`),
  );
}

function checkAnyOf(branches: Branches, value: unknown, path: FieldPath, errors: FieldError[]): void {
  const results: Errors[] = [];
  for (const branch of branches) {
    const result = tryBranch(branch, value, path);
    if (result.length === 0) return;
    results.push(result);
  }
  errors.push(branchError(path, 'must validate at least one schema (anyOf)'));
  errors.push(...closest(branches, results, value, path));
}

function checkOneOf(branches: Branches, value: unknown, path: FieldPath, errors: FieldError[]): void {
  const results = branches.map((branch) => tryBranch(branch, value, path));
  const passed = results.filter((result) => result.length === 0).length;
  if (passed === 1) return;
  const found = passed === 0 ? 'Found none valid' : `Found ${passed} valid alternatives`;
  errors.push(branchError(path, `must validate one and only one schema (oneOf). ${found}`));
  if (passed === 0) errors.push(...closest(branches, results, value, path));
}

/** Stands for the errors of a branch for another type, which are rarely told. */
const otherType: Errors = [invalid('', null, '')];

function tryBranch(branch: StructuralSchema, value: unknown, path: FieldPath): Errors {
  const isOther = value !== null && !hasRightType(branch, value);
  return isOther ? otherType : validateSchema(branch, value, { path });
}

function closest(branches: Branches, results: readonly Errors[], value: unknown, path: FieldPath): Errors {
  const weights = branches.map((branch) => weigh(branch, value));
  const heaviest = weights.indexOf(Math.max(...weights));
  const [branch, result] = [branches[heaviest], results[heaviest]];
  if (branch === undefined || result === undefined) return [];
  return result === otherType ? validateSchema(branch, value, { path }) : result;
}

/** How much a branch has to say about a value: the one that says most explains a failure best. */
function weigh(schema: StructuralSchema, value: unknown): number {
  const { checks } = schema;
  const branches = [...(checks?.allOf ?? []), ...(checks?.anyOf ?? []), ...(checks?.oneOf ?? [])];
  let weight = 1 + Object.values(checks ?? {}).filter((check) => check !== undefined).length;
  for (const branch of branches) weight += weigh(branch, value);
  if (isJsonObject(value)) {
    for (const [key, field] of schema.properties)
      if (Object.hasOwn(value, key)) weight += weigh(field, value[key]);
  }
  return weight;
}

function fails(path: FieldPath, value: unknown, problem: string): FieldError {
  const shown = pathText(path);
  return invalid(shown, value, `${shown} in body ${problem}`);
}

function isOneOf(allowed: readonly unknown[], value: unknown): boolean {
  return allowed.includes(value) || allowed.some((one) => isSame(one, value));
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
