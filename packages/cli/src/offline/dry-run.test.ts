import { type KubeObject, resources } from '@weir/api/meta';
import { createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discoverKinds } from '../cluster/discovery.ts';
import { dryRun } from './dry-run.ts';

let server: Awaited<ReturnType<typeof createApiServer>>;
beforeAll(async () => {
  server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
  });
});
afterAll(() => server.stop());

test('what others write meanwhile is not taken for a change of ours', async () => {
  const object = configMap({ a: '1' });
  const others = new Client({ fetch: server.fetch, fieldManager: 'others' });
  await others.apply(resources.configMaps, object);
  let writes = 0;
  const fetch: Fetch = async (path, init) => {
    const response = await server.fetch(path, init);
    // Between reading the object and trying the change, until they have nothing left to say.
    if (init?.method === 'GET' && path.endsWith('/settings') && writes < 2) {
      writes++;
      const finalizers = [`example.org/${writes}`];
      await others.apply(resources.configMaps, { ...object, metadata: { ...object.metadata, finalizers } });
    }
    return response;
  };
  const client = new Client({ fetch, fieldManager: 'weir' });
  const { before, after } = await dryRun(client, await discoverKinds(fetch), configMap({ a: '2' }), 'weir');
  expect([before?.metadata.finalizers, after?.metadata.finalizers]).toEqual([
    ['example.org/2'],
    ['example.org/2'],
  ]);
});

test('an object at rest, and one that does not exist, are tried once', async () => {
  const methods: string[] = [];
  const fetch: Fetch = (path, init) => {
    methods.push(init?.method ?? 'GET');
    return server.fetch(path, init);
  };
  const client = new Client({ fetch, fieldManager: 'weir' });
  const kinds = await discoverKinds(server.fetch);
  const { before, after } = await dryRun(client, kinds, configMap({ a: '1' }, 'new'), 'weir');
  expect([before, after?.metadata.name]).toEqual([undefined, 'new']);
  await client.apply(resources.configMaps, configMap({ a: '1' }, 'new'));
  await dryRun(client, kinds, configMap({ a: '2' }, 'new'), 'weir');
  expect(methods).toEqual(['GET', 'PATCH', 'PATCH', 'GET', 'PATCH']);
});

function configMap(data: Record<string, string>, name = 'settings'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name },
    data,
  } as KubeObject;
}
