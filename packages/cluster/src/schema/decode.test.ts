import { expect, test } from 'vitest';
import { builtinSchema } from './builtin.ts';
import { builtinTypeError, strictDecodingMessage } from './decode.ts';
import type { StructuralSchema } from './structural.ts';

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
