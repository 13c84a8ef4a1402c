import { resources } from '@weir/api/meta';
import type { ConfigMap, Pod } from '@weir/api/workloads';
import { isKubeError, readWatch, type WatchEvent } from '@weir/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMap, startTestServer, type TestServer } from './testing.ts';

let test_: TestServer;

beforeEach(async () => {
  test_ = await startTestServer();
});

afterEach(() => test_.server.stop());

/** Reads events as `TYPE name` until `count` have come. */
async function read(query: string, count: number, kind = 'configmaps'): Promise<string[]> {
  const abort = new AbortController();
  const response = await test_.server.fetch(`/api/v1/namespaces/default/${kind}?watch=true&${query}`, {
    signal: abort.signal,
  });
  const events: string[] = [];
  for await (const event of readWatch(response)) {
    events.push(describe(event));
    if (events.length === count) break;
  }
  abort.abort();
  return events;
}

function describe({ type, object }: WatchEvent): string {
  const annotations = Object.keys(object.metadata.annotations ?? {}).join();
  return `${type} ${object.metadata.name ?? annotations}`;
}

async function revision(): Promise<string> {
  const { metadata } = await test_.client.list(resources.configMaps);
  return metadata.resourceVersion ?? '';
}

test('a watch without a version begins with what is there', async () => {
  await test_.client.create(resources.configMaps, configMap('a') as ConfigMap);
  expect(await read('', 1)).toEqual(['ADDED a']);
});

test('a watch from a version gets exactly what happened since, in order', async () => {
  await test_.client.create(resources.configMaps, configMap('a') as ConfigMap);
  const from = await revision();
  await test_.client.create(resources.configMaps, configMap('b') as ConfigMap);
  await test_.client.patch(resources.configMaps, { namespace: 'default', name: 'a' }, { data: { x: 'y' } });
  await test_.client.delete(resources.configMaps, { namespace: 'default', name: 'b' });
  expect(await read(`resourceVersion=${from}`, 3)).toEqual(['ADDED b', 'MODIFIED a', 'DELETED b']);
});

test('initial events end with a bookmark that says so', async () => {
  await test_.client.create(resources.configMaps, configMap('a') as ConfigMap);
  const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  expect(await read(query, 2)).toEqual(['ADDED a', 'BOOKMARK k8s.io/initial-events-end']);
  await expect(read('sendInitialEvents=true', 1)).rejects.toThrow();
});

test('an object that begins or ceases to match a selector is added or deleted', async () => {
  const from = await revision();
  const key = { namespace: 'default', name: 'a' };
  await test_.client.create(resources.configMaps, configMap('a') as ConfigMap);
  await test_.client.patch(resources.configMaps, key, { metadata: { labels: { x: '1' } } });
  await test_.client.patch(resources.configMaps, key, { metadata: { labels: { y: '1' } } });
  await test_.client.patch(resources.configMaps, key, { metadata: { labels: { x: '2' } } });
  expect(await read(`resourceVersion=${from}&labelSelector=x%3D1`, 3)).toEqual([
    'ADDED a',
    'MODIFIED a',
    'DELETED a',
  ]);
});

test('pods are watched by the node that they are on', async () => {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  const from = await revision();
  await test_.client.create(resources.pods, pod);
  await test_.server.fetch('/api/v1/namespaces/default/pods/p/binding', {
    method: 'POST',
    body: JSON.stringify({ target: { kind: 'Node', name: 'n' } }),
  });
  expect(await read(`resourceVersion=${from}&fieldSelector=spec.nodeName%3Dn`, 1, 'pods')).toEqual([
    'ADDED p',
  ]);
});

test('a version from before the server began is too old', async () => {
  const watching = test_.client.watch(resources.configMaps, { resourceVersion: '0' });
  await watching.return(undefined);
  const response = await test_.server.fetch('/api/v1/configmaps?watch=true&resourceVersion=00');
  expect(response.status).toBe(200);
  await response.body?.cancel();
  const error = await test_.client
    .list(resources.configMaps, { resourceVersion: '999999' })
    .catch((one) => one);
  expect(isKubeError(error, 'Timeout')).toBe(true);
});

test('the time of a watch runs out', async () => {
  const response = await test_.server.fetch('/api/v1/configmaps?watch=true&timeoutSeconds=1');
  const events = [];
  for await (const event of readWatch(response)) events.push(event);
  expect(events).toEqual([]);
});

test('stopping the server ends its watches', async () => {
  const response = await test_.server.fetch('/api/v1/configmaps?watch=true');
  const reading = (async () => {
    for await (const _ of readWatch(response)) throw new Error('no event was expected');
  })();
  await test_.server.stop();
  await reading;
});

test('an aborted watch rejects its reader and lets the server forget it', async () => {
  const abort = new AbortController();
  const response = await test_.server.fetch('/api/v1/configmaps?watch=true', { signal: abort.signal });
  const reading = response.text();
  abort.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
});

test('one object can be watched by its path, and rows of a table come one by one', async () => {
  await test_.client.create(resources.configMaps, configMap('a') as ConfigMap);
  await test_.client.create(resources.configMaps, configMap('b') as ConfigMap);
  const response = await test_.server.fetch('/api/v1/namespaces/default/configmaps/b?watch=true', {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  const event = JSON.parse(new TextDecoder().decode(value)) as {
    object: { kind: string; rows: { cells: unknown[] }[] };
  };
  expect(event.object.kind).toBe('Table');
  expect(event.object.rows.map((row) => row.cells.slice(0, 2))).toEqual([['b', 1]]);
  await reader?.cancel();
});
