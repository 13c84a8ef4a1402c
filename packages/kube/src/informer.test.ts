import { type KubeObject, resources } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { afterEach, expect, test } from 'vitest';
import { Client } from './client.ts';
import type { Fetch } from './fetch.ts';
import { Informer } from './informer.ts';
import type { ObjectChange } from './object-store.ts';

/** A collection behind a Fetch: answers lists, and streams what a test sends to open watches. */
class Collection {
  items: KubeObject[] = [];
  version = 1;
  lists = 0;
  readonly watchedFrom: string[] = [];
  readonly #watches = new Set<ReadableStreamDefaultController<Uint8Array>>();

  readonly fetch: Fetch = async (path) => {
    const query = new URL(path, 'http://api').searchParams;
    if (query.get('watch') !== 'true') {
      this.lists++;
      return Response.json({ metadata: { resourceVersion: String(this.version) }, items: this.items });
    }
    this.watchedFrom.push(query.get('resourceVersion') ?? '');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void this.#watches.add(controller),
    });
    return new Response(body);
  };

  send(type: string, object: object): void {
    const line = new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`);
    // Split in two, as networks do.
    for (const watch of this.#watches) {
      watch.enqueue(line.subarray(0, 10));
      watch.enqueue(line.subarray(10));
    }
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
  }
}

const stop = new AbortController();
afterEach(() => stop.abort());

function configMap(name: string, version: number, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'demo', resourceVersion: String(version), labels },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test('an informer lists once, follows changes, and resumes a broken watch where it was', async () => {
  const collection = new Collection();
  collection.items = [configMap('a', 1, { team: 'x' })];
  const informer = new Informer({
    client: new Client({ fetch: collection.fetch, fieldManager: 'test' }),
    kind: resources.configMaps,
    log: silentLogger,
  });
  const changes: string[] = [];
  informer.addIndex('team', (object) => [object.metadata.labels?.team ?? '']);
  informer.onChange((change: ObjectChange<KubeObject>) => {
    changes.push(`${change.type} ${change.object.metadata.name}`);
  });
  informer.start(stop.signal);
  await informer.waitForSync();
  await until(() => collection.watchedFrom.length === 1);

  collection.send('ADDED', configMap('b', 2, { team: 'x' }));
  collection.send('MODIFIED', configMap('a', 3, { team: 'y' }));
  collection.send('BOOKMARK', configMap('', 7));
  await until(() => changes.length === 3);
  expect(informer.byIndex('team', 'x').map((object) => object.metadata.name)).toEqual(['b']);
  collection.endWatches();
  await until(() => collection.watchedFrom.length === 2);
  expect(collection.watchedFrom).toEqual(['1', '7']);
  expect(collection.lists).toBe(1);

  collection.send('DELETED', configMap('b', 8));
  await until(() => changes.length === 4);
  expect(changes).toEqual(['added a', 'added b', 'updated a', 'deleted b']);
  expect(informer.list('demo').map((object) => object.metadata.name)).toEqual(['a']);
});

test('after 410 Gone it lists again and reports what changed meanwhile', async () => {
  const collection = new Collection();
  collection.items = [configMap('a', 1), configMap('b', 1)];
  const informer = new Informer({
    client: new Client({ fetch: collection.fetch, fieldManager: 'test' }),
    kind: resources.configMaps,
    log: silentLogger,
  });
  const changes: string[] = [];
  informer.onChange(({ type, object }) => {
    changes.push(`${type} ${object.metadata.name}`);
  });
  const own = new AbortController();
  informer.start(own.signal);
  await until(() => collection.watchedFrom.length === 1);
  collection.items = [configMap('b', 1), configMap('c', 9)];
  collection.version = 9;
  collection.send('ERROR', {
    kind: 'Status',
    reason: 'Expired',
    code: 410,
    message: 'too old resource version',
  });
  await until(() => changes.includes('added c'));
  own.abort();
  expect(changes).toEqual(['added a', 'added b', 'deleted a', 'added c']);
});

test('a kind that is not served is an empty collection', async () => {
  const fetch: Fetch = async () => new Response('not here', { status: 404 });
  const informer = new Informer({
    client: new Client({ fetch, fieldManager: 'test' }),
    kind: resources.inferencePools,
    log: silentLogger,
  });
  const own = new AbortController();
  informer.start(own.signal);
  await informer.waitForSync();
  own.abort();
  expect(informer.list()).toEqual([]);
});

test('the cache keeps of an object what the transformation leaves', async () => {
  const collection = new Collection();
  collection.items = [{ ...configMap('a', 1), data: { key: 'large' } } as KubeObject];
  const informer = new Informer({
    client: new Client({ fetch: collection.fetch, fieldManager: 'test' }),
    kind: resources.configMaps,
    log: silentLogger,
    transform: ({ data, ...rest }) => ({ ...rest, data: data === undefined ? {} : { key: '' } }),
  });
  const own = new AbortController();
  informer.start(own.signal);
  await informer.waitForSync();
  own.abort();
  expect(informer.list()).toEqual([{ ...configMap('a', 1), data: { key: '' } }]);
});
