import { type FieldError, invalid, notSupported, tooLong, tooMany, typeInvalid } from '@weir/api/meta';
import { hasFormat } from './formats.ts';
import { toPattern } from './pattern.ts';
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

function checkString(checks: ValueChecks, text: string, path: string, errors: FieldError[]): void {
  const length = checks.minLength !== undefined || checks.maxLength !== undefined ? [...text].length : 0;
  if (checks.maxLength !== undefined && length > checks.maxLength) {
    errors.push(tooLong(path, checks.maxLength));
  }
  if (checks.minLength !== undefined && length < checks.minLength) {
    errors.push(fails(path, text, `should be at least ${checks.minLength} chars long`));
  }
  if (checks.pattern !== undefined && !toPattern(checks.pattern).test(text)) {
    errors.push(fails(path, text, `should match '${checks.pattern}'`));
  }
  if (checks.format !== undefined && !hasFormat(checks.format, text)) {
    const detail = `${path} in body must be of type ${checks.format}: ${JSON.stringify(text)}`;
    errors.push(typeInvalid(path, text, detail));
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

function checkBranches(checks: ValueChecks, value: unknown, path: string, errors: FieldError[]): void {
  const quoted = JSON.stringify(path);
  if (checks.allOf !== undefined) {
    for (const branch of checks.allOf) errors.push(...under(path, branch, value));
  }
  if (checks.anyOf !== undefined && !checks.anyOf.some((branch) => fits(branch, value))) {
    errors.push(invalid(path, value, `${quoted} must validate at least one schema (anyOf)`));
  }
  if (checks.oneOf !== undefined) {
    const found = checks.oneOf.filter((branch) => fits(branch, value)).length;
    const alternatives = found === 0 ? 'Found none valid' : `Found ${found} valid alternatives`;
    if (found !== 1) {
      const detail = `${quoted} must validate one and only one schema (oneOf). ${alternatives}`;
      errors.push(invalid(path, value, detail));
    }
  }
  if (checks.not !== undefined && fits(checks.not, value)) {
    errors.push(invalid(path, value, `${quoted} must not validate the schema (not)`));
  }
}

function fits(schema: StructuralSchema, value: unknown): boolean {
  return validateSchema(schema, value, { maxErrors: 1 }).length === 0;
}

function under(path: string, schema: StructuralSchema, value: unknown): FieldError[] {
  return validateSchema(schema, value).map((error) => {
    const separator = error.path === '' || error.path.startsWith('[') ? '' : '.';
    return { ...error, path: `${path}${separator}${error.path}` };
  });
}

function fails(path: string, value: unknown, problem: string): FieldError {
  return invalid(path, value, `${path} in body ${problem}`);
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
