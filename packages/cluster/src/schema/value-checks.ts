import { type FieldError, invalid, notSupported, tooLong, tooMany, typeInvalid } from '@weir/api/meta';
import { hasFormat } from './formats.ts';
import { maxMatchedLength, toPattern } from './pattern.ts';
import { isJsonObject, type StructuralSchema, type ValueChecks } from './structural.ts';
import { validateSchema } from './validate.ts';

/** Errors of one value against the restrictions beyond its type, in Kubernetes' words. */
export function checkValue(checks: ValueChecks, value: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (typeof value === 'string') checkString(checks, value, path, errors);
  else if (typeof value === 'number') checkNumber(checks, value, path, errors);
  else if (Array.isArray(value)) checkList(checks, value, path, errors);
  else if (isJsonObject(value)) checkObject(checks, value, path, errors);
  if (checks.enum !== undefined && !checks.enum.some((one) => isSame(one, value))) {
    const supported = checks.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    errors.push(notSupported(path, value, supported));
  }
  checkBranches(checks, value, path, errors);
  return errors;
}

/** Length, then pattern: the first that fails is the one to mend. */
function checkString(checks: ValueChecks, text: string, path: string, errors: FieldError[]): void {
  const problem = textProblem(checks, text, path);
  if (problem !== undefined) errors.push(problem);
  if (checks.format !== undefined && !hasFormat(checks.format, text)) {
    const detail = `${path} in body must be of type ${checks.format}: ${JSON.stringify(text)}`;
    errors.push(typeInvalid(path, text, detail));
  }
}

function textProblem(checks: ValueChecks, text: string, path: string): FieldError | undefined {
  const { minLength, maxLength, pattern } = checks;
  const length = minLength !== undefined || maxLength !== undefined ? [...text].length : 0;
  if (maxLength !== undefined && length > maxLength) return tooLong(path, maxLength);
  if (minLength !== undefined && length < minLength) {
    return fails(path, text, `should be at least ${minLength} chars long`);
  }
  return pattern === undefined ? undefined : patternProblem(pattern, text, path);
}

function patternProblem(pattern: string, text: string, path: string): FieldError | undefined {
  if (text.length > maxMatchedLength) {
    const shown = `${text.slice(0, 60)}…`;
    return fails(
      path,
      shown,
      `should match '${pattern}', which is not tried on more than ${maxMatchedLength} characters`,
    );
  }
  try {
    return toPattern(pattern).test(text) ? undefined : fails(path, text, `should match '${pattern}'`);
  } catch (error) {
    return fails(
      path,
      text,
      `should match '${pattern}, but pattern is invalid: ${(error as Error).message}'`,
    );
  }
}

function checkNumber(checks: ValueChecks, value: number, path: string, errors: FieldError[]): void {
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

function checkList(checks: ValueChecks, list: readonly unknown[], path: string, errors: FieldError[]): void {
  if (checks.minItems !== undefined && list.length < checks.minItems) {
    errors.push(fails(path, list.length, `should have at least ${checks.minItems} items`));
  }
  if (checks.maxItems !== undefined && list.length > checks.maxItems) {
    errors.push(tooMany(path, list.length, checks.maxItems));
  }
  if (checks.uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length) {
    errors.push(fails(path, list, "shouldn't contain duplicates"));
  }
}

function checkObject(
  checks: ValueChecks,
  object: Record<string, unknown>,
  path: string,
  errors: FieldError[],
): void {
  const size = Object.keys(object).length;
  if (checks.minProperties !== undefined && size < checks.minProperties) {
    errors.push(fails(path, size, `should have at least ${checks.minProperties} properties`));
  }
  if (checks.maxProperties !== undefined && size > checks.maxProperties) {
    errors.push(tooMany(path, size, checks.maxProperties));
  }
}

/**
 * A failed combination is reported for the object as a whole, naming the path in its text, together with the errors of
 * the branch that came closest: that is where Kubernetes puts them.
 */
function checkBranches(checks: ValueChecks, value: unknown, path: string, errors: FieldError[]): void {
  const say = (problem: string): void => {
    errors.push(invalid('', '', `${JSON.stringify(path)} ${problem}`));
  };
  if (checks.allOf !== undefined) {
    const results = checks.allOf.map((branch) => validateSchema(branch, value, { path }));
    const passed = results.filter((result) => result.length === 0).length;
    errors.push(...results.flat());
    const suffix = passed === 0 ? '. None validated' : '';
    if (passed < results.length) say(`must validate all the schemas (allOf)${suffix}`);
  }
  if (checks.anyOf !== undefined) {
    const { passed, closest } = tryBranches(checks.anyOf, value, path);
    if (passed === 0) say('must validate at least one schema (anyOf)');
    if (passed === 0) errors.push(...closest);
  }
  if (checks.oneOf !== undefined) {
    const { passed, closest } = tryBranches(checks.oneOf, value, path);
    const found = passed === 0 ? 'Found none valid' : `Found ${passed} valid alternatives`;
    if (passed !== 1) say(`must validate one and only one schema (oneOf). ${found}`);
    if (passed === 0) errors.push(...closest);
  }
  if (checks.not !== undefined && validateSchema(checks.not, value, { maxErrors: 1 }).length === 0) {
    say('must not validate the schema (not)');
  }
}

function tryBranches(
  branches: readonly StructuralSchema[],
  value: unknown,
  path: string,
): { readonly passed: number; readonly closest: readonly FieldError[] } {
  const results = branches.map((branch) => validateSchema(branch, value, { path }));
  const weights = branches.map((branch) => weigh(branch, value));
  const heaviest = weights.indexOf(Math.max(...weights));
  return {
    passed: results.filter((result) => result.length === 0).length,
    closest: results[heaviest] ?? [],
  };
}

/** How much a branch has to say about a value: the one that says most explains a failure best. */
function weigh(schema: StructuralSchema, value: unknown): number {
  const { checks } = schema;
  const branches = [...(checks?.allOf ?? []), ...(checks?.anyOf ?? []), ...(checks?.oneOf ?? [])];
  let weight = 1 + Object.keys(checks ?? {}).length;
  for (const branch of branches) weight += weigh(branch, value);
  if (isJsonObject(value)) {
    for (const [key, field] of schema.properties)
      if (Object.hasOwn(value, key)) weight += weigh(field, value[key]);
  }
  return weight;
}

function fails(path: string, value: unknown, problem: string): FieldError {
  return invalid(path, value, `${path} in body ${problem}`);
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
