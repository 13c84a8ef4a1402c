import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { expect, test } from 'vitest';
import { startLlmisvc } from './start-llmisvc.ts';

/** A server that tells its version, takes every other request and answers none; `asked` is called at each. */
const silentServer =
  (asked: () => void): Fetch =>
  async (path, { signal } = {}) => {
    asked();
    signal?.throwIfAborted();
    if (path === '/version') return Response.json({ minor: '34' });
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };

test.each([0, 1, 2, 20])(
  'told to stop at request %i of a server that never answers, it stops',
  async (request) => {
    const stop = new AbortController();
    let requests = 0;
    const fetch = silentServer(() => {
      if (++requests === request) stop.abort();
    });
    if (request === 0) stop.abort();
    const client = new Client({ fetch, fieldManager: 'test' });
    const started = await startLlmisvc({
      ...{ client, log: silentLogger, signal: stop.signal, systemNamespace: 'kserve' },
      readyGate: 'request',
    });
    await started.stopped();
    expect(stop.signal.aborted).toBe(true);
  },
);
