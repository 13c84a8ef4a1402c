import { expect, test } from 'vitest';
import { builtinSchema } from './builtin.ts';
import { omitEmpty } from './omit-empty.ts';
import type { StructuralSchema } from './structural.ts';

const pod = (await builtinSchema({ group: '', version: 'v1', kind: 'Pod' })) as StructuralSchema;

test('optional empty lists and maps disappear, empty structs and required lists stay', () => {
  const object = {
    metadata: { labels: {}, annotations: { a: 'b' }, finalizers: [] },
    spec: {
      nodeSelector: {},
      containers: [{ name: 'a', env: [], resources: { limits: {} }, securityContext: {} }],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  };
  expect(omitEmpty(pod, object)).toEqual({
    metadata: { annotations: { a: 'b' } },
    spec: {
      containers: [{ name: 'a', resources: {}, securityContext: {} }],
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  });
  expect(omitEmpty(pod, { spec: { containers: [] } })).toEqual({ spec: { containers: [] } });
});

test('an object without empty collections is returned itself', () => {
  const object = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a' }] } };
  expect(omitEmpty(pod, object)).toBe(object);
});

test('free-form values of definitions are left alone', async () => {
  const kind = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' };
  const schema = (await builtinSchema(kind)) as StructuralSchema;
  const open = { default: [], additionalProperties: {}, items: {} };
  const version = { name: 'v1', schema: { openAPIV3Schema: open }, subresources: { status: {} } };
  const object = { spec: { versions: [version] } };
  expect(omitEmpty(schema, object)).toEqual(object);
});
