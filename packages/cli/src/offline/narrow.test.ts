import { expect, test } from 'vitest';
import { narrowSchema } from './narrow.ts';

test('what lies below absent fields is left out; what is present, or has a default, stays', () => {
  const deep = { type: 'object', properties: { x: { type: 'string' } } };
  const schema = {
    type: 'object',
    required: ['a'],
    properties: {
      a: deep,
      b: deep,
      c: { ...deep, default: {} },
      list: { type: 'array', items: { type: 'object', properties: { p: deep, q: deep } } },
      map: { type: 'object', additionalProperties: deep },
    },
  };
  const outline = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const emptied = { ...deep, properties: { x: { ...outline, type: 'string' } } };
  expect(narrowSchema(schema, { a: { x: '1' }, list: [{ p: {} }], map: { k: { x: '2' } } })).toEqual({
    ...schema,
    properties: {
      a: deep,
      b: outline,
      c: { ...emptied, default: {} },
      list: { type: 'array', items: { type: 'object', properties: { p: emptied, q: outline } } },
      map: { type: 'object', additionalProperties: deep },
    },
  });
});
