import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structuralOfCrd } from './build-structural.ts';
import { builtinSchema, objectMetaSchema } from './builtin.ts';
import { prune } from './prune.ts';
import type { StructuralSchema } from './structural.ts';

const deployment = (await builtinSchema({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
})) as StructuralSchema;
const custom = structuralOfCrd(
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          open: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { a: { type: 'object' } },
          },
          map: {
            type: 'object',
            additionalProperties: { type: 'object', properties: { x: { type: 'string' } } },
          },
          embedded: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            properties: { spec: { type: 'object' } },
          },
        },
      },
    },
  },
  objectMetaSchema,
);

test('fields that a built-in type does not have are named with their paths and dropped', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: { any: 'thing' }, foo: 1 },
    spec: { modle: 2, template: { spec: { containers: [{ name: 'x' }, { name: 'y', bad: {} }] } } },
  };
  expect(prune(deployment, object)).toEqual({
    value: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { any: 'thing' } },
      spec: { template: { spec: { containers: [{ name: 'x' }, { name: 'y' }] } } },
    },
    unknownFields: ['metadata.foo', 'spec.modle', 'spec.template.spec.containers[1].bad'],
  });
});

test('preserved fields keep what is unknown, but declared fields in them are still pruned', () => {
  const object = { spec: { open: { z: { deep: 1 }, a: { gone: 1 } } } };
  expect(prune(custom, object)).toEqual({
    value: { spec: { open: { z: { deep: 1 }, a: {} } } },
    unknownFields: ['spec.open.a.gone'],
  });
});

test('keys of maps are free, their values are pruned', () => {
  expect(prune(custom, { spec: { map: { k: { x: '1', y: 2 } } } }).unknownFields).toEqual(['spec.map.k.y']);
});

test('embedded objects have type and metadata', () => {
  const embedded = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', bad: 1 }, spec: {}, status: {} };
  expect(prune(custom, { spec: { embedded } }).unknownFields).toEqual([
    'spec.embedded.metadata.bad',
    'spec.embedded.status',
  ]);
});

test('a key named __proto__ or constructor is pruned like any unknown field', () => {
  const object = JSON.parse(
    '{"__proto__":{"a":1},"spec":{"constructor":{"b":1},"map":{"__proto__":{"x":"1"}}}}',
  );
  const { value, unknownFields } = prune(custom, object);
  expect(unknownFields).toEqual(['__proto__', 'spec.constructor']);
  expect(Object.keys((value as { spec: { map: object } }).spec.map)).toEqual(['__proto__']);
  expect(({} as { a?: number }).a).toBeUndefined();
});

test('pruning is idempotent, never changes its input, and shares what it keeps', () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom('spec', 'open', 'map', 'x', 'name', '__proto__') }),
      (object) => {
        const before = JSON.stringify(object);
        const once = prune(custom, object).value;
        expect(JSON.stringify(object)).toBe(before);
        const twice = prune(custom, once);
        expect(twice).toEqual({ value: once, unknownFields: [] });
        expect(twice.value).toBe(once);
      },
    ),
  );
});
