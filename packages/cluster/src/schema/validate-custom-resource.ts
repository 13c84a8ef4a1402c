import { type FieldError, invalid } from '@weir/api/meta';
import { validateRules } from './cel/validate-rules.ts';
import { hasRules } from './has-rules.ts';
import type { StructuralSchema } from './structural.ts';
import { validateSchema } from './validate.ts';

/** Errors after which rules could fail for reasons that only confuse. */
const blocking: readonly FieldError['type'][] = [
  'NotSupported',
  'Required',
  'TooLong',
  'TooMany',
  'TypeInvalid',
];

/**
 * All that a CRD's schema says about an object: types, restrictions, then CEL rules. `old` is the stored object on
 * update, null on create.
 */
export function validateCustomResource(
  schema: StructuralSchema,
  object: unknown,
  old: unknown,
): readonly FieldError[] {
  const errors = validateSchema(schema, object, { old });
  if (!hasRules(schema)) return errors;
  if (errors.some((error) => blocking.includes(error.type))) {
    const detail =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    return [...errors, invalid('', null, detail)];
  }
  return [...errors, ...validateRules(schema, object, { old })];
}

/** Whether a field of the object has another type than its schema says: code that reads it cannot rely on anything. */
export function hasWrongTypes(schema: StructuralSchema, object: unknown): boolean {
  return validateSchema(schema, object).some(({ type }) => type === 'TypeInvalid');
}
