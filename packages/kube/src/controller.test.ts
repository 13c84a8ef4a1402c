import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { Controller, type Reconciler } from './controller.ts';
import { KubeError, UnreachableError } from './errors.ts';

async function startWith(reconcile: Reconciler): Promise<{ controller: Controller; stop: AbortController }> {
  const stop = new AbortController();
  const controller = new Controller({ name: 'test', log: silentLogger, reconcile });
  await controller.start(stop.signal);
  return { controller, stop };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test('what is being reconciled when the signal fires ends properly, and nothing begins any more', async () => {
  const ended: string[] = [];
  const { controller, stop } = await startWith(async ({ name }, { signal }) => {
    await pause(100);
    ended.push(`${name} ${signal.aborted ? 'cut off' : 'in peace'}`);
    return undefined;
  });
  controller.queue.add('demo/a');
  controller.queue.add('demo/b');
  await pause(10);
  stop.abort();
  await controller.stopped();
  expect(ended).toEqual(['a in peace']);
});

test('a pass that never ends does not keep a controller from ending', async () => {
  const { controller, stop } = await startWith(() => new Promise(() => {}));
  controller.queue.add('demo/a');
  await pause(10);
  const fromMs = performance.now();
  stop.abort();
  await controller.stopped();
  expect(performance.now() - fromMs).toBeLessThan(10_000);
});

test('a server that asks for patience gets it, and one that is away is soon asked again', async () => {
  const busy = new KubeError({ kind: 'Status', code: 503, reason: 'ServiceUnavailable' } as never, 300);
  const errors = [busy, new UnreachableError('GET /x', new Error('ECONNREFUSED'))];
  const atMs: number[] = [];
  const { controller, stop } = await startWith(async () => {
    atMs.push(performance.now());
    const error = errors.shift();
    if (error !== undefined) throw error;
    return undefined;
  });
  controller.queue.add('demo/a');
  while (atMs.length < 3) await pause(10);
  stop.abort();
  const [first = 0, second = 0, third = 0] = atMs;
  expect(second - first).toBeGreaterThan(290);
  // Not after the longest wait of such errors.
  expect(third - second).toBeLessThan(4000);
});
