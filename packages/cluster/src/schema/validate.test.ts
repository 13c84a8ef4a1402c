import { fieldErrorText } from '@weir/api/meta';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structuralOfCrd } from './build-structural.ts';
import { objectMetaSchema } from './builtin.ts';
import { validateSchema } from './validate.ts';

function errorsOf(schema: object, value: unknown, old?: unknown): string[] {
  const structural = structuralOfCrd({ type: 'object', properties: { v: schema } }, objectMetaSchema);
  const options = old === undefined ? {} : { old: { v: old } };
  return validateSchema(structural, { v: value }, options).map(fieldErrorText);
}

test.each([
  [{ type: 'integer' }, 1.5, 'v: Invalid value: "number": v in body must be of type integer: "number"'],
  [{ type: 'string' }, null, 'v: Invalid value: "null": v in body must be of type string: "null"'],
  [{ type: 'object' }, [], 'v: Invalid value: "array": v in body must be of type object: "array"'],
  [{ type: 'string', enum: ['a', 'b'] }, 'c', 'v: Unsupported value: "c": supported values: "a", "b"'],
  [{ type: 'string', pattern: '^a+$' }, 'b', 'v: Invalid value: "b": v in body should match \'^a+$\''],
  [{ type: 'string', maxLength: 2 }, 'abc', 'v: Too long: may not be more than 2 bytes'],
  [{ type: 'string', minLength: 2 }, 'a', 'v: Invalid value: "a": v in body should be at least 2 chars long'],
  [
    { type: 'string', format: 'date-time' },
    'now',
    'v: Invalid value: "now": v in body must be of type date-time: "now"',
  ],
  [{ type: 'integer', minimum: 1 }, 0, 'v: Invalid value: 0: v in body should be greater than or equal to 1'],
  [
    { type: 'integer', maximum: 1, exclusiveMaximum: true },
    1,
    'v: Invalid value: 1: v in body should be less than 1',
  ],
  [{ type: 'number', multipleOf: 0.5 }, 0.7, 'v: Invalid value: 0.7: v in body should be a multiple of 0.5'],
  [{ type: 'array', maxItems: 1 }, [1, 2], 'v: Too many: 2: must have at most 1 item'],
  [{ type: 'array', minItems: 1 }, [], 'v: Invalid value: 0: v in body should have at least 1 items'],
  [{ type: 'object', required: ['a'] }, {}, 'v.a: Required value'],
  [
    { type: 'object', maxProperties: 1, additionalProperties: {} },
    { a: 1, b: 1 },
    'v: Too many: 2: must have at most 1 item',
  ],
  [{ type: 'array', 'x-kubernetes-list-type': 'set' }, ['a', 'b', 'a', 'a'], 'v[2]: Duplicate value: "a"'],
  [
    { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'] },
    [{ n: 1 }, { n: 1, x: 2 }],
    'v[1]: Duplicate value: {"n":1}',
  ],
  [
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    { kind: 'Pod' },
    'v.apiVersion: Required value: must not be empty',
  ],
  [{ not: { enum: ['a'] } }, 'a', '<nil>: Invalid value: "": "v" must not validate the schema (not)'],
])('%j refuses %j', (schema, value, text) => {
  expect(errorsOf(schema, value)).toEqual([text]);
});

test.each([
  [{ type: 'integer' }, 3.0],
  [{ type: 'string', nullable: true }, null],
  [{ 'x-kubernetes-int-or-string': true }, '50%'],
  [{ 'x-kubernetes-int-or-string': true }, 5],
  [{ type: 'string', format: 'unheard-of' }, 'anything'],
  [{ type: 'string', pattern: '^(?i)ABC$' }, 'abc'],
  [{ type: 'string', maxLength: 1 }, '😀'],
  [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, 5],
])('%j accepts %j', (schema, value) => {
  expect(errorsOf(schema, value)).toEqual([]);
});

test('an update is not blocked by what it leaves alone', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string', maxLength: 1 }, b: { type: 'string' } },
  };
  expect(errorsOf(schema, { a: 'long', b: '2' }, { a: 'long', b: '1' })).toEqual([]);
  expect(errorsOf(schema, { a: 'longer', b: '1' }, { a: 'long', b: '1' })).toHaveLength(1);
});

test('a long list of broken items is reported up to a bound', () => {
  const schema = { type: 'array', items: { type: 'integer' } };
  expect(
    errorsOf(
      schema,
      Array.from({ length: 10_000 }, () => 'x'),
    ),
  ).toHaveLength(100);
});

test('patterns that are none, and texts too long to try, are errors of the field', () => {
  expect(errorsOf({ type: 'string', pattern: '(' }, 'a')[0]).toMatch(
    /^v: Invalid value: "a": .+ but pattern is invalid/,
  );
  const before = performance.now();
  const quadratic = { type: 'string', pattern: '^(a+)+$' };
  expect(errorsOf(quadratic, 'a'.repeat(1_000_000))[0]).toContain('not tried on more than 16384 characters');
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('no document makes validation throw', () => {
  const schema = structuralOfCrd(
    {
      type: 'object',
      properties: {
        v: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object' },
        },
        w: {
          type: 'object',
          additionalProperties: { type: 'string', pattern: '^(?P<x>[[:alpha:]]+)$', format: 'uri' },
        },
      },
    },
    objectMetaSchema,
  );
  const anything = fc.object({ key: fc.constantFrom('v', 'w', 'k', 'metadata', '__proto__', 'toString') });
  fc.assert(fc.property(anything, (object) => Array.isArray(validateSchema(schema, object))));
});
