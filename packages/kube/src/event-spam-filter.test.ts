import { expect, test } from 'vitest';
import { EventSpamFilter } from './event-spam-filter.ts';

function admitted(filter: EventSpamFilter, key: string, times: number, nowMs: number): number {
  return Array.from({ length: times }, () => filter.admits(key, nowMs)).filter(Boolean).length;
}

test('a burst passes, then one event every five minutes, for each key alone', () => {
  const filter = new EventSpamFilter();
  expect(admitted(filter, 'a', 100, 0)).toBe(25);
  expect(admitted(filter, 'a', 100, 299_999)).toBe(0);
  expect(admitted(filter, 'a', 100, 600_000)).toBe(2);
  expect(admitted(filter, 'b', 100, 600_000)).toBe(25);
});

test('after a long silence the burst is there again, and no more than that', () => {
  const filter = new EventSpamFilter();
  admitted(filter, 'a', 100, 0);
  expect(admitted(filter, 'a', 100, 300_000 * 1000)).toBe(25);
});
