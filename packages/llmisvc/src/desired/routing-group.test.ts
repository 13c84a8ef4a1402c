import type { LLMInferenceService, WorkloadStatus } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { inputFor } from './fixtures.ts';
import { backendOf, groupedRules, routingGroup } from './routing-group.ts';

const spec = {
  model: { uri: 'hf://a/b', name: 'base' },
  router: { route: { group: 'chat', weight: 90 }, scheduler: {} },
};

function peer(name: string, changes: Partial<LLMInferenceService> = {}, weight = 10): LLMInferenceService {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name, namespace: 'demo' },
    spec: { ...spec, router: { ...spec.router, route: { group: 'chat', weight } } },
    status: {
      conditions: [{ type: 'RouterReady', status: 'True' }],
      workloads: {
        primary: { apiGroup: 'apps', kind: 'Deployment', name: `${name}-kserve`, readyReplicas: 1 },
      },
    },
    ...changes,
  };
}

function groupWith(...groupPeers: LLMInferenceService[]) {
  return routingGroup(inputFor(spec, { observed: { groupPeers } }));
}

const stopped = {
  metadata: { name: 'c', namespace: 'demo', annotations: { 'serving.kserve.io/stop': 'true' } },
};

test('members are those that serve the same models and can take requests', () => {
  const leaving = peer('d', { metadata: { name: 'd', deletionTimestamp: 'now' } });
  const starting = peer('e', { status: {} });
  const idle = peer('f', {
    status: {
      conditions: [{ type: 'RouterReady', status: 'True' }],
      workloads: {
        primary: { apiGroup: 'apps', kind: 'Deployment', name: 'x', readyReplicas: 1 },
        prefill: { apiGroup: 'apps', kind: 'Deployment', name: 'y', readyReplicas: 0 },
      },
    },
  });
  const silent = peer('h', {
    status: {
      conditions: [{ type: 'RouterReady', status: 'True' }],
      workloads: {
        primary: { apiGroup: 'apps', kind: 'Deployment', name: 'x', readyReplicas: 1 },
        // Other controllers leave the count out.
        scheduler: { apiGroup: 'apps', kind: 'Deployment', name: 'y' } as WorkloadStatus,
      },
    },
  });
  const other = peer('g', { spec: { ...spec, model: { uri: 'hf://a/b', name: 'other' } } });
  const group = groupWith(peer('b'), peer('c', stopped), leaving, starting, idle, silent, other);
  expect(group?.members.map(({ name, weight, isStopped }) => [name, weight, isStopped])).toEqual([
    ['b', 10, false],
    ['c', 10, true],
    ['hello', 90, false],
  ]);
  expect(group?.divergent).toEqual(['g']);
});

test('a name that comes from a base is told by what the member advertises', () => {
  const addresses = [{ models: [{ name: 'publishers/demo/models/base' }, { name: 'base' }] }];
  const named = peer('b', { spec: { router: { route: { group: 'chat', weight: 10 } } } });
  const group = groupWith({ ...named, status: { ...named.status, addresses } });
  expect(group?.members).toHaveLength(2);
});

test('shared rules lead to all running members by weight, a zero included; own ones stay', () => {
  const pool = { kind: 'InferencePool', name: 'hello-inference-pool' };
  const rules = [
    { name: 'shared', backendRefs: [pool] },
    { name: 'own', matches: [{ path: { value: '/demo/hello/v1' } }], backendRefs: [pool] },
    { name: 'sibling', matches: [{ path: { value: '/demo/hello-2' } }], backendRefs: [pool] },
    { name: 'foreign', backendRefs: [{ name: 'mine' }] },
  ];
  const groupPeers = [peer('b', {}, 0), peer('c', stopped)];
  const grouped = groupedRules(inputFor(spec, { observed: { groupPeers } }), rules);
  const shared = [
    ['b-inference-pool', 0],
    ['hello-inference-pool', 90],
  ];
  expect(
    grouped.map(({ backendRefs = [] }) => backendRefs.map(({ name, weight }) => [name, weight])),
  ).toEqual([shared, [['hello-inference-pool', undefined]], shared, [['mine', undefined]]]);
});

test('a member is reached by its pool in the generation that it uses, else by its Service', () => {
  const inferencePool = { group: 'inference.networking.x-k8s.io', kind: 'InferencePool', name: 'p' };
  expect(backendOf(peer('b', { status: { router: { scheduler: { inferencePool } } } }))).toMatchObject(
    inferencePool,
  );
  const plain = peer('b', { spec: { router: { route: { group: 'chat', weight: 1 } } }, status: {} });
  expect(backendOf(plain)).toEqual({ group: '', kind: 'Service', name: 'b-kserve-workload-svc', port: 8000 });
  const foreign = { router: { scheduler: { pool: { ref: { name: 'shared' } } } } };
  expect(backendOf(peer('b', { spec: foreign, status: {} })).name).toBe('shared');
});
