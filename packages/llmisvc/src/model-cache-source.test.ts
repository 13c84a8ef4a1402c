import type { KubeObject } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createServingAdmission } from './admission.ts';
import { ModelCacheSource } from './model-cache-source.ts';

let stop = new AbortController();
beforeEach(() => {
  stop = new AbortController();
  vi.useFakeTimers();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

const enabled = { localModel: '{"enabled": true}' };
const own = cacheOf('own', 'team');
const others = cacheOf('theirs', 'others');

function cacheOf(name: string, namespace: string): KubeObject {
  const spec = { sourceModelUri: 'hf://org', nodeGroups: ['gpus'] };
  const status = { nodeStatus: { a: 'NodeDownloaded' } };
  const metadata = { name, namespace, resourceVersion: '2' };
  const cache = { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'LocalModelNamespaceCache', metadata };
  return { ...cache, spec, status } as KubeObject;
}

/** A server that has settings, caches of two namespaces and none of the cluster. */
function started(options: { data?: Record<string, string>; mayRead?: boolean } = {}) {
  const { data = enabled, mayRead = true } = options;
  const asked: string[] = [];
  const list = (...items: KubeObject[]): Response =>
    Response.json({ metadata: { resourceVersion: '3' }, items });
  const fetch: Fetch = async (path) => {
    if (path.includes('watch=true')) return new Response(new ReadableStream());
    asked.push(path.split('?')[0] ?? '');
    if (path.includes('/configmaps')) {
      const metadata = { name: 'inferenceservice-config', namespace: 'kserve', resourceVersion: '1' };
      return list({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject);
    }
    if (path.includes('customresourcedefinitions') || path.includes('/localmodelcaches')) return list();
    return mayRead ? list(own, others) : new Response('{"reason":"Forbidden"}', { status: 403 });
  };
  const source = new ModelCacheSource({ systemNamespace: 'kserve', log: silentLogger });
  source.start(new Client({ fetch, fieldManager: 'test' }), stop.signal);
  return { source, asked };
}

test('the caches of a namespace are told without those of others, and without what does not matter', async () => {
  const { status: _status, ...kept } = own as KubeObject & { status: unknown };
  const models = started().source.modelsFor('team');
  expect(await models).toEqual({ ofNamespace: [kept], ofCluster: [] });
});

test('nothing but the settings is read where these do not ask for more', async () => {
  const { source, asked } = started({ data: {} });
  expect(await source.modelsFor('team')).toBe('disabled');
  expect(asked).toEqual(['/api/v1/namespaces/kserve/configmaps']);
});

test('caches that may not be read are waited for once', async () => {
  const { source } = started({ mayRead: false });
  const first = source.modelsFor('team');
  await vi.advanceTimersByTimeAsync(3000);
  expect(await first).toBe('unknown');
  expect(await source.modelsFor('team')).toBe('unknown');
});

test('before it starts, nothing is known', async () => {
  const source = new ModelCacheSource({ systemNamespace: 'kserve', log: silentLogger });
  expect(await source.modelsFor('team')).toBe('unknown');
});

test('a service is refused because of broken settings, unless it leaves', async () => {
  const { source } = started({ data: { localModel: '[]' } });
  const [plugin] = createServingAdmission({ systemNamespace: 'kserve', modelCaches: source });
  const review = (metadata: KubeObject['metadata']) =>
    plugin?.review({
      operation: 'UPDATE',
      kind: servingResources.services,
      object: {
        apiVersion: 'serving.kserve.io/v1alpha2',
        kind: 'LLMInferenceService',
        metadata: { name: 'x', namespace: 'team', ...metadata },
      },
      oldObject: null,
      dryRun: false,
    });
  expect(await review({})).toEqual({
    forbidden: expect.stringMatching(/ConfigMap inferenceservice-config, key localModel: not a JSON object/),
  });
  expect(await review({ deletionTimestamp: '2026-01-01T00:00:00Z' })).toEqual({});
});
