import { expect, test } from 'vitest';
import { parseQuantity } from './quantity.ts';

test.each([
  ['500m', 0.5],
  ['2Gi', 2 * 2 ** 30],
  ['1.5k', 1500],
  ['1e3', 1000],
  ['2E', 2e18],
  ['.5', 0.5],
  [4, 4],
  ['-1', -1],
])('the quantity %s is %d', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(['', 'a', '1 Gi', '1gi', '1KiB', '--1', '1e'])('%j is no quantity', (text) => {
  expect(parseQuantity(text)).toBeNull();
});
