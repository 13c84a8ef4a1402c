import { resources } from '@weir/api/meta';
import type { Deployment, LeaderWorkerSet, Secret, ServiceAccount } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { appliedFor, childObject, inputFor, podOf, problemsOf } from './fixtures.ts';
import { computeDesired } from './index.ts';
import { groupSize } from './topology.ts';

const pod = { containers: [{ name: 'main', image: 'engine' }] };
const group = { template: pod, worker: pod, parallelism: { data: 4, dataLocal: 2 } };
const sidecar = { name: 'llm-d-routing-sidecar', image: 'sidecar', restartPolicy: 'Always' };

/** Kinds and names of what is applied for engines and their access. */
function names(spec: Parameters<typeof inputFor>[0]): string[] {
  return [...appliedFor(inputFor(spec)).keys()].filter((key) => !key.startsWith('Service '));
}

describe('role × topology', () => {
  test.each([
    ['one workload', {}, ['Deployment hello-kserve']],
    [
      'prefill',
      { prefill: { template: pod } },
      ['Deployment hello-kserve', 'Deployment hello-kserve-prefill'],
    ],
    ['groups', group, ['ServiceAccount hello-kserve-mn', 'LeaderWorkerSet hello-kserve-mn']],
    [
      'groups with single prefill pods',
      { ...group, prefill: { template: pod } },
      [
        'ServiceAccount hello-kserve-mn',
        'LeaderWorkerSet hello-kserve-mn',
        'Deployment hello-kserve-prefill',
      ],
    ],
    [
      'groups on both sides, with a sidecar',
      { ...group, template: { ...pod, initContainers: [sidecar] }, prefill: group },
      [
        'ServiceAccount hello-kserve-mn',
        'ServiceAccount hello-kserve-mn-prefill',
        'Role hello-kserve-mn-role',
        'RoleBinding hello-kserve-mn-rb',
        'LeaderWorkerSet hello-kserve-mn',
        'LeaderWorkerSet hello-kserve-mn-prefill',
      ],
    ],
    [
      'a sidecar on single pods',
      { template: { ...pod, initContainers: [sidecar] } },
      [
        'ServiceAccount hello-kserve',
        'Role hello-kserve-role',
        'RoleBinding hello-kserve-rb',
        'Deployment hello-kserve',
      ],
    ],
    [
      'a sidecar under an account of the user',
      { template: { ...pod, initContainers: [sidecar], serviceAccountName: 'mine' } },
      ['Role hello-kserve-role', 'RoleBinding hello-kserve-rb'],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(names(spec)).toEqual(expected);
  });

  test('a change of topology removes what it supersedes', () => {
    const children = [childObject(resources.deployments, 'hello-kserve')];
    const { remove } = computeDesired(inputFor(group, { observed: { children } }));
    expect(remove.map(({ kind, name }) => `${kind.kind} ${name}`)).toEqual(['Deployment hello-kserve']);
  });

  test('single pods serve on until groups can be made', () => {
    const children = [childObject(resources.deployments, 'hello-kserve')];
    const input = inputFor(group, { observed: { children, missingKinds: [resources.leaderWorkerSets] } });
    expect(computeDesired(input).remove).toEqual([]);
    expect(problemsOf(input)).toEqual([
      'WorkerWorkloadReady CRDNotFound: the API server does not serve leaderworkersets.leaderworkerset.x-k8s.io — ' +
        'install the CRD; nothing has to be restarted',
    ]);
  });

  test('splitting off prefill pods changes labels, never the selector, and narrows the Service', () => {
    const of = (spec: object) => {
      const applied = appliedFor(inputFor(spec));
      const deployment = applied.get('Deployment hello-kserve') as Deployment;
      const service = applied.get('Service hello-kserve-workload-svc') as unknown as {
        spec: { selector: object };
      };
      return {
        role: deployment.spec?.template.metadata?.labels?.['llm-d.ai/role'],
        selector: deployment.spec?.selector,
        target: service.spec.selector,
      };
    };
    const [before, after] = [of({}), of({ prefill: { template: pod } })];
    expect([before.role, after.role]).toEqual(['both', 'decode']);
    expect(after.selector).toEqual(before.selector);
    expect(after.target).toEqual({
      ...before.target,
      'app.kubernetes.io/component': 'llminferenceservice-workload',
    });
  });

  test('without a template for the leader the workers are the targets', () => {
    const input = inputFor({ ...group, template: undefined as never });
    const set = appliedFor(input).get('LeaderWorkerSet hello-kserve-mn') as LeaderWorkerSet;
    expect(set.spec?.leaderWorkerTemplate.leaderTemplate).toBeUndefined();
    expect(set.spec?.leaderWorkerTemplate.workerTemplate.metadata?.labels).toMatchObject({
      'kserve.io/component': 'workload',
      'llm-d.ai/role': 'decode',
    });
  });
});

test.each([
  [undefined, undefined],
  [{ tensor: 4 }, undefined],
  [{ pipeline: 4 }, 4],
  [{ data: 4, dataLocal: 2 }, 2],
  [{ data: 4, dataLocal: 2, pipeline: 8 }, 2],
  [{ data: 5, dataLocal: 2 }, 2],
  [{ data: 1, dataLocal: 8 }, 1],
  [{ dataLocal: 2 }, 1],
])('groups of %j have %s pods', (parallelism, size) => {
  expect(groupSize(parallelism === undefined ? {} : { parallelism }, { metadata: {} })).toBe(size);
});

test('a stage that needs more devices than a pod has is spread over pods', () => {
  const worker = { containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '2' } } }] };
  const sizeOf = (parallelism: object) => groupSize({ parallelism, worker }, { metadata: {} });
  expect(sizeOf({ tensor: 8, pipeline: 1 })).toBe(4);
  expect(sizeOf({ tensor: 8, pipeline: 2 })).toBe(8);
  expect(sizeOf({ tensor: 2, pipeline: 2 })).toBe(2);
  const metadata = { annotations: { 'serving.kserve.io/exp-dra-device-class': 'gpu.example.com' } };
  expect(groupSize({ parallelism: { tensor: 4, pipeline: 2 } }, { metadata })).toBe(8);
});

test('a count that was typed once is carried on when an autoscaler takes over', () => {
  const managed = (fieldsV1: object) => ({
    metadata: {
      namespace: 'demo',
      name: 'hello-kserve',
      managedFields: [{ manager: 'weir', operation: 'Apply', fieldsV1 }],
    },
    spec: { replicas: 3 },
  });
  const replicas = (fields: object) => {
    const children = [childObject(resources.deployments, 'hello-kserve', managed(fields))];
    const deployment = appliedFor(inputFor({}, { observed: { children } })).get('Deployment hello-kserve');
    return (deployment as Deployment).spec?.replicas;
  };
  expect(replicas({ 'f:spec': { 'f:replicas': {} } })).toBe(3);
  expect(replicas({ 'f:spec': { 'f:selector': {} } })).toBeUndefined();
});

describe('credentials', () => {
  const secret = (name: string, ...keys: string[]): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'demo' },
    data: Object.fromEntries(keys.map((key) => [key, ''])),
  });
  const account = (name: string, ...secrets: string[]): ServiceAccount => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'demo' },
    secrets: secrets.map((one) => ({ name: one })),
  });
  const envOf = (input: Parameters<typeof podOf>[0]) =>
    podOf(input).initContainers?.[0]?.env?.filter(({ valueFrom }) => valueFrom !== undefined);
  const token = (name: string, key = 'HF_TOKEN') => ({
    name: 'HF_TOKEN',
    valueFrom: { secretKeyRef: { name, key } },
  });

  test('come from the account, which is the default one unless named', () => {
    const observed = {
      serviceAccounts: [account('default', 'a'), account('mine', 'b')],
      secrets: [secret('a', 'HF_TOKEN'), secret('b', 'HF_TOKEN')],
    };
    expect(envOf(inputFor({}, { observed }))).toEqual([token('a')]);
    const named = { template: { ...pod, serviceAccountName: 'mine' } };
    expect(envOf(inputFor(named, { observed }))).toEqual([token('b')]);
  });

  test('come from the annotated Secret alone, and from hf-secret when nothing else has a token', () => {
    const observed = {
      serviceAccounts: [account('default', 'a')],
      secrets: [
        secret('a', 'HF_TOKEN'),
        secret('c', 'AZURE_STORAGE_ACCESS_KEY'),
        secret('hf-secret', 'token'),
      ],
    };
    const metadata = { annotations: { 'serving.kserve.io/storageSecretName': 'c' } };
    expect(envOf(inputFor({}, { observed, metadata }))?.map(({ name }) => name)).toEqual([
      'AZURE_STORAGE_ACCESS_KEY',
      'HF_TOKEN',
    ]);
    expect(envOf(inputFor({}, { observed }))).toEqual([token('a')]);
    const bucket = { model: { uri: 's3://bucket/m', name: 'm' } };
    expect(envOf(inputFor(bucket, { observed, metadata }))?.map(({ name }) => name)).toEqual([
      'AZURE_STORAGE_ACCESS_KEY',
    ]);
  });

  test('that were promised and are missing hold the workload back', () => {
    const observed = { serviceAccounts: [account('default', 'a')] };
    expect(problemsOf(inputFor({}, { observed }))).toEqual([
      'MainWorkloadReady ReconcileSingleNodeWorkloadError: Secret demo/a, named by ServiceAccount demo/default, does ' +
        'not exist — create it or remove its name',
    ]);
  });
});

test('the platform’s CA bundle is copied, trusted by every download, and named when it is missing', () => {
  const platform = {
    storageInitializer: '{"caBundleConfigMapName":"trust","caBundleVolumeMountPath":"/certs"}',
  };
  const caBundle = { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: { 'cabundle.crt': 'PEM' } };
  const input = inputFor({}, { platform, observed: { caBundle } });
  expect(appliedFor(input).get('ConfigMap global-ca-bundle')).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'global-ca-bundle',
      namespace: 'demo',
      labels: { 'app.kubernetes.io/part-of': 'llminferenceservice' },
    },
    data: { 'cabundle.crt': 'PEM' },
  });
  expect(podOf(input).initContainers?.[0]).toMatchObject({
    env: expect.arrayContaining([
      { name: 'CA_BUNDLE_CONFIGMAP_NAME', value: 'global-ca-bundle' },
      { name: 'CA_BUNDLE_VOLUME_MOUNT_POINT', value: '/certs' },
    ]),
    volumeMounts: expect.arrayContaining([{ name: 'cabundle-cert', mountPath: '/certs', readOnly: true }]),
  });
  expect(problemsOf(inputFor({}, { platform }))).toEqual([
    'MainWorkloadReady ReconcileSingleNodeWorkloadError: ConfigMap kserve/trust, the CA bundle of the platform’s ' +
      'settings, does not exist — create it',
  ]);
});

test('a model that the nodes cache is mounted from there', () => {
  const metadata = {
    labels: { 'internal.serving.kserve.io/localmodel': 'cache' },
    annotations: {
      'internal.serving.kserve.io/localmodel-sourceuri': 'hf://a/b',
      'internal.serving.kserve.io/localmodel-pvc-name': 'cache-gpus',
    },
  };
  const { initContainers, volumes, containers } = podOf(inputFor({}, { metadata }));
  expect(initContainers ?? []).toEqual([]);
  expect(volumes).toEqual([
    { name: 'kserve-pvc-source', persistentVolumeClaim: { claimName: 'cache-gpus' } },
  ]);
  expect(containers[0]?.volumeMounts?.[0]?.subPath).toMatch(/^models\/[0-9a-f]{16}\/$/);
});

test('adapters are given as plain arguments to an engine that no shell starts', () => {
  const model = { uri: 'hf://a/b', lora: { adapters: [{ name: 'sql', uri: 'hf://a/sql' }] } };
  expect(podOf(inputFor({ model })).containers[0]?.args).toEqual([
    '--enable-lora',
    '--lora-modules',
    '{"name":"sql","path":"/mnt/lora/sql"}',
    '{"name":"publishers/demo/models/sql","path":"/mnt/lora/sql"}',
  ]);
  const own = { containers: [{ name: 'main', args: ['--lora-modules', 'x=y'] }] };
  expect(podOf(inputFor({ model, template: own })).containers[0]?.args).toEqual(['--lora-modules', 'x=y']);
});

test('arguments for the storage initializer are refused with a word', () => {
  const template = { ...pod, initContainers: [{ name: 'storage-initializer', args: ['x'] }] };
  const warnings = computeDesired(inputFor({ template })).parts.flatMap((part) => part.warnings ?? []);
  expect(warnings.map(({ reason }) => reason)).toEqual(['StorageInitializerOverride']);
});
