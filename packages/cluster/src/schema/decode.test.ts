import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinSchema } from './builtin.ts';
import { builtinTypeError, duplicateFields, strictDecodingMessage } from './decode.ts';
import type { StructuralSchema } from './structural.ts';

test('keys that occur twice are found with their paths', () => {
  const text = '{"a":{"b":1,"b":2},"c":[{"x":1},{"x":1,"x":"{\\"x\\":1}"}],"a":null,"\\u0061":1}';
  expect(duplicateFields(text)).toEqual(['a.b', 'c[1].x', 'a', 'a']);
});

test('what JSON.stringify writes has no duplicates', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(duplicateFields(JSON.stringify(value))).toEqual([]);
    }),
  );
});

test('all problems of strict decoding are in one message', () => {
  expect(strictDecodingMessage(['a.b'], ['spec.modle'])).toBe(
    'strict decoding error: duplicate field "a.b", unknown field "spec.modle"',
  );
  expect(strictDecodingMessage([], [])).toBeUndefined();
});

test('nulls and integral floats decode; a wrong type names the Go field', async () => {
  const pod = (await builtinSchema({ group: '', version: 'v1', kind: 'Pod' })) as StructuralSchema;
  expect(builtinTypeError(pod, { spec: { containers: null, activeDeadlineSeconds: 5.0 } })).toBeUndefined();
  expect(builtinTypeError(pod, { spec: { containers: [{ name: 'a', command: 'sh' }] } })).toBe(
    'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
  );
  expect(builtinTypeError(pod, { metadata: [] })).toBe(
    'json: cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta',
  );
});

test.each(['1', '1.5Gi', '100m', '1e3', '.5', '+2k', 5])('%s is a quantity', async (cpu) => {
  const pod = (await builtinSchema({ group: '', version: 'v1', kind: 'Pod' })) as StructuralSchema;
  const object = { spec: { containers: [{ resources: { limits: { cpu } } }] } };
  expect(builtinTypeError(pod, object)).toBeUndefined();
});
