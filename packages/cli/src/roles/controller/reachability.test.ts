import { createLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { watchReachability } from './reachability.ts';

test('an outage is told once, its end too, and a request that was given up is none', async () => {
  const lines: string[] = [];
  const log = createLogger({ name: 'test', destination: { write: (line: string) => void lines.push(line) } });
  let isAway = true;
  const { fetch, isReachable, untilReachable } = watchReachability(async (_, init) => {
    if (isAway || init?.signal?.aborted === true) {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    }
    return new Response();
  }, log);
  const stop = new AbortController();
  const reached = untilReachable(stop.signal);
  await expect(fetch('/a')).rejects.toThrow();
  await expect(fetch('/b')).rejects.toThrow();
  expect(isReachable()).toBe(false);
  isAway = false;
  await reached;
  expect(isReachable()).toBe(true);
  await expect(fetch('/c', { signal: AbortSignal.abort() })).rejects.toThrow();
  const told = lines.map((line) => JSON.parse(line) as { msg: string; error?: string });
  expect(told.map(({ msg, error }) => [msg, error])).toEqual([
    ['the API server does not answer, trying again', 'connect ECONNREFUSED'],
    ['the API server answers again', undefined],
  ]);
});
