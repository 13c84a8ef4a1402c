import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';

test('keys that occur twice are found with their paths', () => {
  const text = '{"a":{"b":1,"b":2},"c":[{"x":1},{"x":1,"x":"{\\"x\\":1}"}],"a":null,"\\u0061":1}';
  expect(duplicateFields(text)).toEqual(['a.b', 'c[1].x', 'a', 'a']);
});

test('quotes and backslashes in texts hide nothing and end nothing', () => {
  const text = String.raw`{"a\\":"{\"a\":1,","a\\":"\\\\","b":[[1,{"c":":","c":"\\"}]]}`;
  expect(() => JSON.parse(text)).not.toThrow();
  expect(duplicateFields(text)).toEqual(['a\\', 'b[0][1].c']);
});

test('what JSON.stringify writes has no duplicates', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(duplicateFields(JSON.stringify(value))).toEqual([]);
    }),
  );
});

test('an object written twice into one has all its keys twice', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const inside = JSON.stringify(object).slice(1, -1);
      if (inside === '') return;
      expect(duplicateFields(`{${inside},${inside}}`)).toEqual(Object.keys(object));
    }),
  );
});
