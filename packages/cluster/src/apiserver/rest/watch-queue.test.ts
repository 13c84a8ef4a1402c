import { expect, test } from 'vitest';
import { WatchQueue } from './watch-queue.ts';

async function collect<T>(queue: WatchQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

test('items come in order, before and after the reader starts, until the end', async () => {
  const queue = new WatchQueue<number>(new AbortController().signal, 60_000);
  queue.push(1);
  const all = collect(queue);
  queue.push(2);
  await new Promise((resolve) => setImmediate(resolve));
  queue.push(3);
  queue.end();
  queue.push(4);
  expect(await all).toEqual([1, 2, 3]);
});

test('an aborted signal ends it at once, and the release runs once', async () => {
  const abort = new AbortController();
  const queue = new WatchQueue<number>(abort.signal, 60_000);
  let released = 0;
  queue.onEnd(() => released++);
  const all = collect(queue);
  abort.abort();
  queue.end();
  expect(await all).toEqual([]);
  expect(released).toBe(1);
});

test('it is released even when nobody ever reads', () => {
  const abort = new AbortController();
  const queue = new WatchQueue<number>(abort.signal, 60_000);
  let released = 0;
  queue.onEnd(() => released++);
  abort.abort();
  expect(released).toBe(1);
});

test('the end of its life lets the reader have what is queued', async () => {
  const queue = new WatchQueue<number>(new AbortController().signal, 20);
  queue.push(1);
  expect(await collect(queue)).toEqual([1]);
});

test('a reader that is too slow is cut off after what was queued', async () => {
  const queue = new WatchQueue<number>(new AbortController().signal, 60_000);
  for (let i = 0; i < 30_000; i++) queue.push(i);
  expect((await collect(queue)).length).toBe(20_001);
});
