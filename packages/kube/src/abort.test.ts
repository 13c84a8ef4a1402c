import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { aborted, delay, onAbort, withDeadline } from './abort.ts';

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

test('what waits for a signal that fired before goes on at once', async () => {
  const fired = AbortSignal.abort();
  let actions = 0;
  onAbort(fired, () => actions++);
  expect(actions).toBe(1);
  await aborted(fired);
  await delay(60_000, fired);
});

test('an action at a signal happens once', () => {
  const controller = new AbortController();
  let actions = 0;
  onAbort(controller.signal, () => actions++);
  expect(actions).toBe(0);
  controller.abort();
  controller.abort();
  expect(actions).toBe(1);
});
