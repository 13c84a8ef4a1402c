import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileFilterOf, globToRegExp } from './patterns.ts';

test.each([
  ['*.json', 'a/b.json', true],
  ['*.json', 'a.jsonx', false],
  ['model-?.bin', 'model-1.bin', true],
  ['[a-c]*', 'banana', true],
  ['[!a-c]*', 'banana', false],
  ['a.b', 'axb', false],
  ['a[', 'a[', true],
  ['(x|y)+$', 'x', false],
  ['a\\b', 'a\\b', true],
])('the pattern %s on %s is %s', (pattern, path, matches) => {
  expect(globToRegExp(pattern).test(path)).toBe(matches);
});

test('any text without wildcards matches itself and nothing longer', () => {
  const plain = fc.string({ maxLength: 30 }).filter((text) => !/[*?[]/.test(text));
  fc.assert(
    fc.property(plain, (text) => {
      expect(globToRegExp(text).test(text)).toBe(true);
      expect(globToRegExp(text).test(`${text}x`)).toBe(false);
    }),
  );
});

test('allowing comes before ignoring, and lists may be JSON or separated by commas', () => {
  const filter = fileFilterOf({
    STORAGE_ALLOW_PATTERNS: '["*.json","*.gguf"]',
    STORAGE_IGNORE_PATTERNS: 'b.json, c*',
  });
  expect(['a.json', 'b.json', 'c.gguf', 'd.gguf', 'e.bin'].filter(filter)).toEqual(['a.json', 'd.gguf']);
  expect(fileFilterOf({})('anything')).toBe(true);
});
