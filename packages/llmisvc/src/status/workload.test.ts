import type { KubeObject } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { childObject, inputFor, nothingObserved } from '../desired/fixtures.ts';
import { type Observed, workloadsOf } from '../desired/index.ts';
import { computeStatus } from './compute.ts';

const pod = { containers: [{ name: 'main', image: 'engine' }] };
const groups: LLMInferenceServiceSpec = {
  replicas: 2,
  parallelism: { pipeline: 2 },
  template: pod,
  worker: pod,
};

/** Status of a service whose workloads, in order, have these statuses; undefined: the object does not exist. */
function statusOf(
  spec: LLMInferenceServiceSpec,
  statuses: readonly (object | undefined)[],
  more: {
    readonly pods?: readonly Pod[];
    readonly generation?: number;
    readonly kubernetesMinor?: number;
    readonly storageInitializer?: string;
  } = {},
) {
  const { storageInitializer = '{}', kubernetesMinor } = more;
  const given = inputFor(spec, { platform: { storageInitializer } });
  const input = { ...given, platform: { ...given.platform, kubernetesMinor } };
  const children = workloadsOf(input.service, input.spec).flatMap(({ kind, name, spec: wanted }, index) => {
    const status = statuses[index];
    const { replicas = 1 } = wanted;
    const { object } = childObject(kind, name, { spec: { replicas }, status });
    const live: KubeObject = {
      ...object,
      metadata: { ...object.metadata, generation: more.generation ?? 1 },
    };
    return status === undefined ? [] : [{ kind, object: live }];
  });
  const observed: Observed = { ...nothingObserved, children, pods: more.pods ?? [] };
  const combined = { type: 'combined', spec: input.spec, layers: [], appliedConfigs: [], pins: {} } as const;
  const status = computeStatus({ ...input, combined, observed, isStopped: false, problems: [], now: 'T' });
  const workloads = status.conditions?.filter(({ type }) => /Workload/.test(type)) ?? [];
  return {
    ...status,
    told: Object.fromEntries(
      workloads.map(({ type, status: value, reason, message }) => [
        type,
        [value, reason, message].filter(Boolean).join(' '),
      ]),
    ),
  };
}

const deployed = {
  availableReplicas: 1,
  observedGeneration: 1,
  conditions: [{ type: 'Available', status: 'True' }],
};
const groupsUp = { readyReplicas: 2, conditions: [{ type: 'Available', status: 'True' }] };

test('both sides of a prefill/decode service are shown, and both have to be there', () => {
  const spec = { replicas: 3, prefill: { replicas: 1, template: pod } };
  const { told, workloads, topology, replicas, stage } = statusOf(spec, [
    { ...deployed, availableReplicas: 3 },
    deployed,
  ]);
  expect({ told, workloads, topology, replicas, stage }).toEqual({
    told: { MainWorkloadReady: 'True', PrefillWorkloadReady: 'True', WorkloadsReady: 'True' },
    workloads: {
      primary: { apiGroup: 'apps', kind: 'Deployment', name: 'hello-kserve', readyReplicas: 3 },
      prefill: { apiGroup: 'apps', kind: 'Deployment', name: 'hello-kserve-prefill', readyReplicas: 1 },
      service: { kind: 'Service', name: 'hello-kserve-workload-svc' },
    },
    topology: 'pd',
    replicas: '4/4',
    stage: 'Serving',
  });
  const half = statusOf(spec, [deployed, undefined]);
  expect(half.told).toEqual({
    MainWorkloadReady: 'True',
    PrefillWorkloadReady: 'False Progressing Deployment hello-kserve-prefill is progressing',
    WorkloadsReady: 'False Progressing Deployment hello-kserve-prefill is progressing',
  });
  expect([half.replicas, half.stage]).toEqual(['1/4', 'Pending']);
});

test('groups count when all of their pods are ready', () => {
  const { told, workloads, topology, replicas } = statusOf(groups, [groupsUp]);
  expect({ told, primary: workloads?.primary, topology, replicas }).toEqual({
    told: { WorkerWorkloadReady: 'True', WorkloadsReady: 'True' },
    primary: {
      apiGroup: 'leaderworkerset.x-k8s.io',
      kind: 'LeaderWorkerSet',
      name: 'hello-kserve-mn',
      readyReplicas: 2,
    },
    topology: 'multi-node',
    replicas: '2/2',
  });
});

const reason = 'GroupsProgressing';
test.each([
  [
    'has just been made',
    {},
    /no controller has reported on it yet — is the LeaderWorkerSet controller installed/,
  ],
  [
    'starts',
    { readyReplicas: 1, conditions: [{ type: 'Progressing', status: 'True' }] },
    /Progressing LeaderWorkerSet hello-kserve-mn is progressing: 1 of 2 groups are ready/,
  ],
  [
    'says why itself',
    { conditions: [{ type: 'Available', status: 'False', reason, message: 'no nodes' }] },
    /GroupsProgressing no nodes/,
  ],
  [
    'replaces its groups',
    {
      readyReplicas: 1,
      updatedReplicas: 1,
      conditions: [
        { type: 'Available', status: 'False', reason: 'AllGroupsReady', message: 'All replicas are ready' },
        { type: 'UpdateInProgress', status: 'True', reason: 'GroupsUpdating' },
      ],
    },
    /^False Progressing .*: 1 of 2 groups are ready, 1 are of the newest revision$/,
  ],
  [
    'speaks of an older generation',
    { readyReplicas: 2, conditions: [{ type: 'Available', status: 'True', observedGeneration: 1 }] },
    /2 of 2 groups are ready/,
  ],
])('a LeaderWorkerSet that %s is not ready', (_name, status, expected) => {
  expect(statusOf(groups, [status], { generation: 2 }).told.WorkerWorkloadReady).toMatch(expected);
});

test('the cause is looked for among the pods of the workload itself', () => {
  const waiting = (component: string, message: string): Pod =>
    ({
      metadata: { name: component, labels: { 'app.kubernetes.io/component': component } },
      status: {
        containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ErrImagePull', message } } }],
      },
    }) as unknown as Pod;
  const { told } = statusOf({ ...groups, prefill: { template: pod } }, [{}, {}], {
    pods: [
      waiting('llminferenceservice-workload-worker', 'no worker image'),
      waiting('llminferenceservice-workload-prefill', 'no prefill image'),
    ],
  });
  expect(told.WorkerWorkloadReady).toMatch(/ImagePullFailed .*no worker image/);
  expect(told.PrefillWorkloadReady).toMatch(/ImagePullFailed .*no prefill image/);
});

test('a side that is scaled to zero says which field to raise', () => {
  const { told } = statusOf({ prefill: { replicas: 0, template: pod } }, [deployed, deployed]);
  expect(told.PrefillWorkloadReady).toMatch(/ScaledToZero .*raise spec.prefill.replicas/);
});

test.each([
  [30, 'False ImageVolumeUnsupported'],
  [32, 'False ImageVolumeSubPathUnsupported'],
  [34, 'False ImageVolumeAlpha'],
  [35, undefined],
  [undefined, undefined],
])('volumes of images on Kubernetes 1.%s are %s', (kubernetesMinor, expected) => {
  const { conditions } = statusOf({}, [deployed], {
    ...(kubernetesMinor === undefined ? {} : { kubernetesMinor }),
    storageInitializer: '{"ociModelMode":"native"}',
  });
  const found = conditions?.find(({ type }) => type === 'OciImageVolumeCompatible');
  expect(found === undefined ? undefined : `${found.status} ${found.reason}`).toBe(expected);
});
