import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationMs, plainDurationMs } from './duration.ts';

test('plain durations are whole units in falling order', () => {
  expect(['1h30m', '90m', '0s', '1s5ms'].map(plainDurationMs)).toEqual([5_400_000, 5_400_000, 0, 1005]);
  expect(['', '1', '-1s', '1.5h', '1m1h', '1ns', '123456s'].map(plainDurationMs)).toEqual(
    Array.from({ length: 7 }, () => undefined),
  );
});

test('a plain duration is as long as any other way to read it', () => {
  const amount = fc.option(fc.nat({ max: 99_999 }));
  fc.assert(
    fc.property(fc.tuple(amount, amount, amount, amount), (amounts) => {
      const text = amounts.map((n, i) => (n === null ? '' : `${n}${['h', 'm', 's', 'ms'][i]}`)).join('');
      if (text !== '') expect(plainDurationMs(text)).toBe(durationMs(text));
    }),
  );
});
