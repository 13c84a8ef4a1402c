import { type KubeObject, resources } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { afterEach, expect, test } from 'vitest';
import { Client } from './client.ts';
import { DefinitionWatch } from './definition-watch.ts';
import type { Fetch } from './fetch.ts';
import { Informer } from './informer.ts';

const stop = new AbortController();
afterEach(() => stop.abort());

/** Serves definitions, and pools as soon as `isServed`. */
function server() {
  const encoder = new TextEncoder();
  let watch: ReadableStreamDefaultController<Uint8Array> | undefined;
  const state = { isServed: false, poolLists: 0 };
  const fetch: Fetch = async (path) => {
    const isWatch = path.includes('watch=true');
    if (path.includes('customresourcedefinitions')) {
      if (!isWatch) return Response.json({ metadata: { resourceVersion: '1' }, items: [] });
      const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        watch = controller;
      };
      return new Response(new ReadableStream({ start }));
    }
    if (!state.isServed) {
      state.poolLists++;
      return new Response('', { status: 404 });
    }
    if (isWatch) return new Response(new ReadableStream());
    return Response.json({ metadata: { resourceVersion: '5' }, items: [] });
  };
  const define = (name: string): void => {
    const object: KubeObject = { apiVersion: 'v1', kind: 'X', metadata: { name, resourceVersion: '4' } };
    watch?.enqueue(encoder.encode(`${JSON.stringify({ type: 'ADDED', object })}\n`));
  };
  return {
    client: new Client({ fetch, fieldManager: 'test' }),
    state,
    define,
    isWatched: () => watch !== undefined,
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test('a kind that is missing is not asked for until its own definition appears', async () => {
  const { client, state, define, isWatched } = server();
  const definitions = new DefinitionWatch({ client, log: silentLogger });
  const informer = new Informer({ client, kind: resources.inferencePools, log: silentLogger, definitions });
  const served: boolean[] = [];
  informer.onServedChange(() => served.push(informer.isServed));
  definitions.start(stop.signal);
  informer.start(stop.signal);
  await informer.waitForSync();
  await until(isWatched);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = state.poolLists;
  define('others.example.com');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(state.poolLists).toBe(before);
  state.isServed = true;
  define(`${resources.inferencePools.plural}.${resources.inferencePools.group}`);
  await until(() => served.length === 1);
  expect(served).toEqual([true]);
});
