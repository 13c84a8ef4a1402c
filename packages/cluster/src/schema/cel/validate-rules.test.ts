import { fieldErrorText } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { structuralOfCrd } from '../build-structural.ts';
import { objectMetaSchema } from '../builtin.ts';
import { validateRules } from './validate-rules.ts';

function schemaOf(spec: object): ReturnType<typeof structuralOfCrd> {
  return structuralOfCrd({ type: 'object', properties: { spec } }, objectMetaSchema);
}

function errorsOf(spec: object, value: unknown, old?: unknown): string[] {
  const options = old === undefined ? {} : { old: { spec: old } };
  return validateRules(schemaOf(spec), { spec: value }, options).map(fieldErrorText);
}

const integer = { type: 'integer' };
const text = { type: 'string' };

test('a failed rule reports its message at the place of the value', () => {
  const spec = {
    type: 'object',
    properties: { min: integer, max: integer },
    'x-kubernetes-validations': [{ rule: 'self.min <= self.max', message: 'min is above max' }],
  };
  expect(errorsOf(spec, { min: 1, max: 2 })).toEqual([]);
  expect(errorsOf(spec, { min: 3, max: 2 })).toEqual(['spec: Invalid value: "object": min is above max']);
});

test('integers are integers in arithmetic, numbers are doubles', () => {
  const spec = {
    type: 'object',
    properties: { n: integer, d: { type: 'number' } },
    'x-kubernetes-validations': [{ rule: 'self.n + 1 == 3 && self.d + 1.0 == 3.0' }],
  };
  expect(errorsOf(spec, { n: 2, d: 2 })).toEqual([]);
});

test('reason, fieldPath and messageExpression shape the error', () => {
  const spec = {
    type: 'object',
    properties: { name: text },
    'x-kubernetes-validations': [
      {
        rule: "self.name != 'bad'",
        messageExpression: "'name ' + self.name + ' is taken'",
        reason: 'FieldValueForbidden',
        fieldPath: '.name',
      },
    ],
  };
  expect(errorsOf(spec, { name: 'bad' })).toEqual(['spec.name: Forbidden: name bad is taken']);
});

test('an error while evaluating is a failed rule with its text', () => {
  const spec = {
    type: 'object',
    properties: { list: { type: 'array', items: integer } },
    'x-kubernetes-validations': [{ rule: 'self.list[5] == 1' }],
  };
  const [error] = errorsOf(spec, { list: [1] });
  expect(error).toMatch(/^spec: Invalid value: "object": .+ evaluating rule: self\.list\[5\] == 1$/);
});

test('a rule that does not compile is reported, not ignored', () => {
  const spec = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.(' }] };
  expect(errorsOf(spec, {})[0]).toMatch(/^spec: Invalid value: "object": rule compile error: /);
});

test('transition rules run only when there is an earlier value', () => {
  const spec = {
    type: 'object',
    properties: {
      id: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }] },
    },
  };
  expect(errorsOf(spec, { id: 'a' })).toEqual([]);
  expect(errorsOf(spec, { id: 'a' }, { id: 'a' })).toEqual([]);
  expect(errorsOf(spec, { id: 'b' }, { id: 'a' })).toEqual([
    'spec.id: Invalid value: "string": is immutable',
  ]);
});

test('optionalOldSelf lets a transition rule run on create', () => {
  const rule = {
    rule: "oldSelf.hasValue() || self == 'first'",
    optionalOldSelf: true,
    message: 'start with first',
  };
  const spec = { type: 'object', properties: { step: { ...text, 'x-kubernetes-validations': [rule] } } };
  expect(errorsOf(spec, { step: 'first' })).toEqual([]);
  expect(errorsOf(spec, { step: 'second' })).toEqual([
    'spec.step: Invalid value: "string": start with first',
  ]);
  expect(errorsOf(spec, { step: 'second' }, { step: 'first' })).toEqual([]);
});

test('items of map lists are compared with the item of the same key', () => {
  const item = {
    type: 'object',
    properties: { name: text, size: integer },
    'x-kubernetes-validations': [{ rule: 'self.size >= oldSelf.size', message: 'cannot shrink' }],
  };
  const list = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: item,
  };
  const spec = { type: 'object', properties: { disks: list } };
  const old = {
    disks: [
      { name: 'a', size: 2 },
      { name: 'b', size: 2 },
    ],
  };
  const next = {
    disks: [
      { name: 'b', size: 1 },
      { name: 'a', size: 3 },
      { name: 'c', size: 0 },
    ],
  };
  expect(errorsOf(spec, next, old)).toEqual(['spec.disks[0]: Invalid value: "object": cannot shrink']);
});

test('values that an update leaves alone are not judged again', () => {
  const spec = {
    type: 'object',
    properties: { a: { ...integer, 'x-kubernetes-validations': [{ rule: 'self > 5' }] }, b: integer },
  };
  expect(errorsOf(spec, { a: 1, b: 2 }, { a: 1, b: 1 })).toEqual([]);
  expect(errorsOf(spec, { a: 2, b: 2 }, { a: 1, b: 1 })).toEqual([
    'spec.a: Invalid value: "integer": failed rule: self > 5',
  ]);
});

test('fields with names that are no identifiers are read by their escaped names', () => {
  const spec = {
    type: 'object',
    properties: { namespace: text, 'a-b': integer },
    'x-kubernetes-validations': [{ rule: "self.__namespace__ == 'x' && self.a__dash__b == 1" }],
  };
  expect(errorsOf(spec, { namespace: 'x', 'a-b': 1 })).toEqual([]);
});

test('a quadratic rule over a huge list is refused instead of run', () => {
  const spec = {
    type: 'array',
    items: integer,
    'x-kubernetes-validations': [{ rule: 'self.all(a, self.exists_one(b, a == b))' }],
  };
  const before = performance.now();
  const errors = errorsOf(
    spec,
    Array.from({ length: 50_000 }, (_, i) => i),
  );
  expect(errors).toEqual([
    'spec: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('what passed once is remembered, what failed is told again, and changes are judged by what was', () => {
  const rules = [{ rule: 'self.n < 3', message: 'too many' }];
  const schema = schemaOf({ type: 'object', properties: { n: integer }, 'x-kubernetes-validations': rules });
  const judge = (n: number): string[] => validateRules(schema, { spec: { n } }).map(fieldErrorText);
  const wrong = ['spec: Invalid value: "object": too many'];
  expect([judge(1), judge(4), judge(1), judge(4)]).toEqual([[], wrong, [], wrong]);

  const growing = [{ rule: 'self.n >= oldSelf.n', message: 'shrinks' }];
  const grown = schemaOf({ type: 'object', properties: { n: integer }, 'x-kubernetes-validations': growing });
  const update = (from: number, to: number): string[] =>
    validateRules(grown, { spec: { n: to } }, { old: { spec: { n: from } } }).map(fieldErrorText);
  expect(validateRules(grown, { spec: { n: 2 } })).toEqual([]);
  expect([update(1, 2), update(3, 2)]).toEqual([[], ['spec: Invalid value: "object": shrinks']]);
});
