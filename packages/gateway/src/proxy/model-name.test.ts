import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findModelName } from './model-name.ts';

test('finds what JSON.parse finds in any object, wherever the key stands', () => {
  const value = fc.oneof(fc.jsonValue(), fc.record({ model: fc.string() }));
  const object = fc.dictionary(fc.oneof(fc.string(), fc.constant('model')), value);
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 2), (json, indent) => {
      const text = JSON.stringify(json, null, indent);
      const model = (JSON.parse(text) as { model?: unknown }).model;
      const expected = typeof model === 'string' ? { type: 'found', name: model } : { type: 'absent' };
      expect(findModelName(Buffer.from(text))).toEqual(expected);
    }),
  );
});

test.each([
  ['{"a": {"model": "inner"}, "model": "outer"}', 'outer'],
  ['{"a": "\\"model\\": \\"x\\"", "model": "y"}', 'y'],
  ['{"model": "first", "model": "last"}', 'last'],
  ['{"model": "caf\\u00e9 \\"q\\""}', 'café "q"'],
  ['{"m\\u006fdel": "escaped"}', 'escaped'],
  ['{"model": "first", "model": 3}', null],
])('%s names %s', (text, name) => {
  expect(findModelName(Buffer.from(text))).toEqual(
    name === null ? { type: 'absent' } : { type: 'found', name },
  );
});

test.each(['{"model": "x"', '{"model": "x}', '{"model": "x"} trailing', '[', '{'])(
  '%s is malformed',
  (text) => {
    expect(findModelName(Buffer.from(text)).type).toBe('malformed');
  },
);

test('a body that is empty or no object has no model', () => {
  for (const text of ['', '  ', '3', '[1]', 'null'])
    expect(findModelName(Buffer.from(text))).toEqual({ type: 'absent' });
});
