import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codePoints } from './text-length.ts';

test('characters are counted as Unicode does, halves of pairs too', () => {
  expect([
    codePoints(''),
    codePoints('aä'),
    codePoints('😀'),
    codePoints('\ud83d'),
    codePoints('\ud83d😀'),
  ]).toEqual([0, 2, 1, 1, 2]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(codePoints(text)).toBe([...text].length);
    }),
  );
});
