import { expect, test } from 'vitest';
import { structuralOfCrd } from './build-structural.ts';
import { builtinSchema, objectMetaSchema } from './builtin.ts';
import { applyDefaults } from './defaults.ts';
import type { StructuralSchema } from './structural.ts';

const schema = structuralOfCrd(
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        default: {},
        properties: {
          replicas: { type: 'integer', default: 1 },
          strategy: {
            type: 'object',
            default: { type: 'Rolling' },
            properties: { surge: { type: 'string', default: '25%' } },
          },
          maybe: { type: 'string', nullable: true, default: 'x' },
          plain: { type: 'string' },
          list: {
            type: 'array',
            items: { type: 'object', properties: { zone: { type: 'string', default: 'a' } } },
          },
          map: {
            type: 'object',
            additionalProperties: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
          },
        },
      },
    },
  },
  objectMetaSchema,
);

test('defaults of parents are filled before those of their children', () => {
  expect(applyDefaults(schema, {})).toEqual({
    spec: { replicas: 1, strategy: { type: 'Rolling', surge: '25%' }, maybe: 'x' },
  });
});

test('items and map values get their defaults; values that are there stay', () => {
  const object = {
    spec: { replicas: 0, strategy: {}, maybe: 'y', list: [{}, { zone: 'b' }], map: { k: {} } },
  };
  expect(applyDefaults(schema, object)).toEqual({
    spec: {
      replicas: 0,
      strategy: { surge: '25%' },
      maybe: 'y',
      list: [{ zone: 'a' }, { zone: 'b' }],
      map: { k: { on: true } },
    },
  });
});

test('null counts as absent unless the schema allows it', () => {
  expect(
    applyDefaults(schema, { spec: { replicas: null, maybe: null, plain: null, strategy: null } }),
  ).toEqual({
    spec: { replicas: 1, maybe: null, strategy: { type: 'Rolling', surge: '25%' } },
  });
});

test('the input stays as it was, and a complete object is returned itself', () => {
  const input = Object.freeze({ spec: Object.freeze({}) });
  const complete = applyDefaults(schema, input);
  expect(input).toEqual({ spec: {} });
  expect(applyDefaults(schema, complete)).toBe(complete);
  const other = applyDefaults(schema, input) as { spec: { strategy: object } };
  expect(other.spec.strategy).not.toBe((complete as typeof other).spec.strategy);
});

test('built-in kinds get no defaults from their documents', async () => {
  const service = (await builtinSchema({ group: '', version: 'v1', kind: 'Service' })) as StructuralSchema;
  const object = { spec: { ports: [{ port: 80 }] } };
  expect(applyDefaults(service, object)).toBe(object);
});
