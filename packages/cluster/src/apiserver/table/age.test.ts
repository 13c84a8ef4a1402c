import { expect, test } from 'vitest';
import { ageText } from './age.ts';

const now = new Date('2026-01-01T00:00:00Z');
const before = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [185, '3m5s'],
  [600, '10m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 60, '3h1m'],
  [9 * 3600, '9h'],
  [47 * 3600, '47h'],
  [48 * 3600, '2d'],
  [50 * 3600, '2d2h'],
  [9 * 86_400, '9d'],
  [800 * 86_400, '2y70d'],
  [9 * 365 * 86_400, '9y'],
  [-10, '<invalid>'],
])('an age of %d seconds is %s', (seconds, text) => {
  expect(ageText(before(seconds), now)).toBe(text);
});

test('no timestamp is unknown and a wrong one invalid', () => {
  expect(ageText(undefined, now)).toBe('<unknown>');
  expect(ageText('soon', now)).toBe('<invalid>');
});
