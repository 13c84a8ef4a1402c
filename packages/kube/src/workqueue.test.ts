import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkQueue } from './workqueue.ts';

test('a key that is added many times is handed out once', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  queue.add('a');
  queue.add('b');
  expect([await queue.take(), await queue.take(), queue.length]).toEqual(['a', 'b', 0]);
});

test('a key added while it is worked on is handed out again, and not before', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.take();
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(await queue.take()).toBe('a');
});

test('of several delays for a key the shortest wins', async () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 60_000);
  queue.addAfter('a', 1);
  expect(await queue.take()).toBe('a');
  queue.done('a');
  expect(queue.isIdle).toBe(true);
});

test('closing lets waiting workers go', async () => {
  const queue = new WorkQueue();
  const taken = queue.take();
  queue.close();
  expect(await taken).toBeUndefined();
  queue.add('a');
  expect(await queue.take()).toBeUndefined();
});

test('whatever the order of calls, no key is worked on twice at once and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('add', 'finish'), fc.constantFrom('a', 'b', 'c')), { maxLength: 60 }),
      async (calls) => {
        const queue = new WorkQueue();
        const active = new Set<string>();
        const wanted = new Set<string>();
        let open = true;
        const worker = async (): Promise<void> => {
          for (;;) {
            const key = await queue.take();
            if (key === undefined) return;
            expect(active.has(key)).toBe(false);
            active.add(key);
            wanted.delete(key);
          }
        };
        const workers = [worker(), worker()];
        const finish = (key: string): void => {
          if (active.delete(key)) queue.done(key);
        };
        for (const [call, key] of calls) {
          if (call === 'add') {
            wanted.add(key);
            queue.add(key);
          } else finish(key);
          await Promise.resolve();
        }
        while (open) {
          for (const key of [...active]) finish(key);
          await new Promise((resolve) => setImmediate(resolve));
          open = active.size > 0;
        }
        expect([...wanted]).toEqual([]);
        queue.close();
        await Promise.all(workers);
      },
    ),
    { numRuns: 200 },
  );
});
