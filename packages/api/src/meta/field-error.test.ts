import { expect, test } from 'vitest';
import {
  duplicate,
  fieldErrorBody,
  fieldErrorReason,
  fieldErrorText,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from './field-error.ts';

test.each([
  [invalid('spec.x', 'y', 'must be z'), 'spec.x: Invalid value: "y": must be z'],
  [invalid('spec.x', -1, 'must be positive'), 'spec.x: Invalid value: -1: must be positive'],
  [invalid('spec.x', { a: 1 }, 'no'), 'spec.x: Invalid value: {"a":1}: no'],
  [required('spec.model.uri'), 'spec.model.uri: Required value'],
  [required('spec', 'give one'), 'spec: Required value: give one'],
  [notSupported('a', 'b', ['c', 'd']), 'a: Unsupported value: "b": supported values: "c", "d"'],
  [forbidden('a', 'no'), 'a: Forbidden: no'],
  [duplicate('a[1]', 'x'), 'a[1]: Duplicate value: "x"'],
  [tooLong('a', 63), 'a: Too long: may not be more than 63 bytes'],
  [tooMany('a', 3, 1), 'a: Too many: 3: must have at most 1 item'],
  [invalid('', null, 'broken'), '<nil>: Invalid value: null: broken'],
])('%j reads as kubectl prints it', (error, text) => {
  expect(fieldErrorText(error)).toBe(text);
});

test('body and reason fill the causes of a Status', () => {
  expect(fieldErrorBody(required('a'))).toBe('Required value');
  expect(fieldErrorReason(required('a'))).toBe('FieldValueRequired');
});
