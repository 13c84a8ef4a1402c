import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandVariables } from './expand.ts';

const env: Record<string, string> = { A: 'a', B: '$(A)', EMPTY: '' };
const expand = (text: string): string => expandVariables(text, (name) => env[name]);

test.each([
  ['$(A)', 'a'],
  ['x$(A)y$(A)', 'xaya'],
  ['$(B)', '$(A)'],
  ['[$(EMPTY)]', '[]'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$(vllm --version | head -1)', '$(vllm --version | head -1)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$$$$', '$$'],
  ['$A $[A] $', '$A $[A] $'],
  ['$(A', '$(A'],
  ['$', '$'],
  ['', ''],
])('expands %s to %s', (text, expected) => {
  expect(expand(text)).toBe(expected);
});

test('text without a dollar sign never changes', () => {
  fc.assert(
    fc.property(fc.string(), (text) => expand(text.replaceAll('$', '')) === text.replaceAll('$', '')),
  );
});
