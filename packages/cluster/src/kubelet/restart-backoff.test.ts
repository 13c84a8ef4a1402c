import { expect, test } from 'vitest';
import { RestartBackoff } from './restart-backoff.ts';

const timings = { backoffBaseMs: 10, backoffMaxMs: 60, backoffResetMs: 1000 };

test('the first restart is immediate, later ones wait twice as long each up to the cap', () => {
  const backoff = new RestartBackoff(timings);
  const waits = Array.from({ length: 6 }, (_, run) => {
    backoff.started(run);
    return backoff.ended(run);
  });
  expect(waits).toEqual([0, 10, 20, 40, 60, 60]);
});

test('a long run starts afresh', () => {
  const backoff = new RestartBackoff(timings);
  for (const at of [0, 1, 2]) {
    backoff.started(at);
    backoff.ended(at);
  }
  backoff.started(10);
  expect(backoff.ended(1010)).toBe(0);
});
