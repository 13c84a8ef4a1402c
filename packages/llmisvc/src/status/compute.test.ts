import { expect, test } from 'vitest';
import type { Combined } from '../config/combine.ts';
import { combined, deployment, healthy, status, summary } from './fixtures.ts';

test('everything in order: Ready, with URL, columns and references', () => {
  expect(status(healthy)).toEqual({
    observedGeneration: 4,
    conditions: [
      ...['HTTPRoutesReady', 'InferencePoolReady', 'MainWorkloadReady'].map((type) => ({
        type,
        status: 'True',
        severity: 'Info',
        lastTransitionTime: 'T1',
        observedGeneration: 4,
      })),
      ...['PresetsCombined', 'Ready', 'RouterReady'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: 'T1',
        observedGeneration: 4,
      })),
      {
        type: 'SchedulerWorkloadReady',
        status: 'True',
        severity: 'Info',
        lastTransitionTime: 'T1',
        observedGeneration: 4,
      },
      { type: 'WorkloadsReady', status: 'True', lastTransitionTime: 'T1', observedGeneration: 4 },
    ],
    appliedConfigs: [{ name: 'p', namespace: 'kserve', source: 'Preset' }],
    annotations: { k: 'v' },
    topology: 'single',
    url: 'http://127.0.0.1/demo/hello',
    addresses: [
      {
        name: 'internal',
        url: 'http://127.0.0.1/demo/hello',
        origin: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw', namespace: 'kserve' },
        models: [{ name: 'publishers/demo/models/m' }, { name: 'm' }],
      },
    ],
    router: {
      gateways: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: 'gw',
          namespace: 'kserve',
          httpRoutes: [
            {
              group: 'gateway.networking.k8s.io',
              kind: 'HTTPRoute',
              name: 'hello-kserve-route',
              namespace: 'demo',
            },
          ],
        },
      ],
      scheduler: {
        inferencePool: {
          group: 'inference.networking.k8s.io',
          kind: 'InferencePool',
          name: 'hello-inference-pool',
        },
        service: { group: '', kind: 'Service', name: 'hello-epp-service' },
      },
    },
    workloads: {
      primary: { apiGroup: 'apps', kind: 'Deployment', name: 'hello-kserve', readyReplicas: 1 },
      scheduler: {
        apiGroup: 'apps',
        kind: 'Deployment',
        name: 'hello-kserve-router-scheduler',
        readyReplicas: 1,
      },
      service: { kind: 'Service', name: 'hello-kserve-workload-svc' },
    },
    replicas: '1/1',
    model: 'm',
    stage: 'Serving',
  });
});

test('a second pass over the same world changes nothing, times included', () => {
  const first = status(healthy);
  expect(status(healthy, { now: 'T2' }, first)).toEqual(first);
});

test('only the conditions that turn get a new time', () => {
  const first = status(healthy);
  const second = status([deployment('hello-kserve', 0), ...healthy.slice(1)], { now: 'T2' }, first);
  const times = Object.fromEntries(
    (second.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  );
  expect(times).toMatchObject({
    Ready: 'T2',
    MainWorkloadReady: 'T2',
    WorkloadsReady: 'T2',
    RouterReady: 'T1',
  });
});

test('a spec that cannot be composed says so and leaves the rest as it was known', () => {
  const first = status(healthy);
  const failed: Combined = {
    type: 'failed',
    reason: 'ConfigNotFound',
    message: 'no such config',
    appliedConfigs: [],
  };
  const older = (first.conditions ?? []).map((condition) => ({ ...condition, observedGeneration: 3 }));
  const second = status(healthy, { combined: failed, now: 'T2' }, { ...first, conditions: older });
  expect(second).toMatchObject({ url: first.url, replicas: '1/1', stage: 'Failed' });
  const says = ({ conditions }: typeof second): string | undefined =>
    conditions?.find(({ type }) => type === 'Ready')?.message;
  expect(says(second)).toBe('no such config; what was made of the last spec that composed runs on unchanged');
  expect(says(status([], { combined: failed }))).toBe('no such config');
  expect(summary(second)).toMatchObject({
    Ready: 'False ConfigNotFound',
    PresetsCombined: 'False ConfigNotFound',
    WorkloadsReady: 'True',
  });
  const generations = second.conditions?.map((one) => [one.type, one.observedGeneration]);
  expect(Object.fromEntries(generations ?? [])).toMatchObject({
    Ready: 4,
    PresetsCombined: 4,
    WorkloadsReady: 3,
    RouterReady: 3,
  });
});

test('a spec that never composed leaves open what was made of it', () => {
  const failed: Combined = { type: 'failed', reason: 'CombineBaseError', message: 'm', appliedConfigs: [] };
  expect(summary(status([], { combined: failed }))).toEqual({
    PresetsCombined: 'False CombineBaseError',
    Ready: 'False CombineBaseError',
    RouterReady: 'Unknown',
    WorkloadsReady: 'Unknown',
  });
});

test('a stopped service that does not compose any more keeps the Configs that it ran with', () => {
  const failed: Combined = { type: 'failed', reason: 'ConfigNotFound', message: 'm', appliedConfigs: [] };
  const first = status(healthy);
  const { appliedConfigs } = status([], { combined: failed, isStopped: true }, first);
  expect(appliedConfigs).toEqual(first.appliedConfigs);
  expect(status([], { combined: failed }, first)).not.toHaveProperty('appliedConfigs');
});

test('a spec that nobody could judge leaves Ready open and everything as it was known', () => {
  const first = status(healthy);
  const suspended: Combined = {
    type: 'failed',
    reason: 'ValidationUnavailable',
    message: 'try later',
    appliedConfigs: [{ name: 'p', namespace: 'kserve', source: 'Preset' }],
  };
  const second = status(healthy, { combined: suspended }, first);
  expect(second).toMatchObject({ url: first.url, stage: first.stage, appliedConfigs: first.appliedConfigs });
  expect(summary(second)).toMatchObject({
    Ready: 'Unknown ValidationUnavailable',
    PresetsCombined: 'Unknown ValidationUnavailable',
    WorkloadsReady: 'True',
  });
  expect(status([], { combined: suspended }).stage).toBe('Pending');
});

test('the status notes which merged spec was taken beside the names of the presets', () => {
  const taken: Combined = { ...combined(), validated: 'abc' } as Combined;
  expect(status(healthy, { combined: taken }).annotations).toEqual({
    k: 'v',
    'weir.dev/validated-spec': 'abc',
  });
});

test('a stopped service has no URL and says why on every part', () => {
  const result = status([], { isStopped: true }, status(healthy));
  expect(result).not.toHaveProperty('url');
  expect(result).not.toHaveProperty('workloads');
  expect(summary(result)).toEqual({
    GatewaysReady: 'False Stopped',
    HTTPRoutesReady: 'False Stopped',
    InferencePoolReady: 'False Stopped',
    MainWorkloadReady: 'False Stopped',
    PrefillWorkerWorkloadReady: 'False Stopped',
    PrefillWorkloadReady: 'False Stopped',
    PresetsCombined: 'True',
    Ready: 'False Stopped',
    RouterReady: 'False Stopped',
    SchedulerWorkloadReady: 'False Stopped',
    TokenizerReady: 'False Stopped',
    WorkerWorkloadReady: 'False Stopped',
    WorkloadsReady: 'False Stopped',
  });
});

test('conditions of parts that are gone disappear', () => {
  const plain = combined({ model: { uri: 'hf://a/b', name: 'm' } });
  expect(Object.keys(summary(status(healthy.slice(0, 1), { combined: plain }, status(healthy))))).toEqual([
    'MainWorkloadReady',
    'PresetsCombined',
    'Ready',
    'RouterReady',
    'WorkloadsReady',
  ]);
});
