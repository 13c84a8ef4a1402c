import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { delay, withDeadline } from './backoff.ts';

test('a deadline passes although the collector ran meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { signal } = new AbortController();
  let fired = 0;
  for (let i = 0; i < 50; i++)
    withDeadline(signal, 50).addEventListener('abort', () => fired++, { once: true });
  collect();
  await delay(200, signal);
  expect(fired).toBe(50);
});
