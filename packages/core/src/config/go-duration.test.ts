import { expect, test } from 'vitest';
import { parseGoDuration } from './go-duration.ts';

test('durations are sums of numbers with units', () => {
  expect(parseGoDuration('1m30s')).toBe(90_000);
  expect(parseGoDuration('1.5h')).toBe(5_400_000);
  expect(parseGoDuration('-250ms')).toBe(-250);
  expect(parseGoDuration('0')).toBe(0);
});

test('a number without unit, an unknown unit and an empty text are no durations', () => {
  expect(['5', '5d', '', 's', '1h-1m'].map(parseGoDuration)).toEqual([null, null, null, null, null]);
});
