import { resources } from '@weir/api/meta';
import type { Deployment, LeaderWorkerSet } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { appliedFor, childObject, inputFor, podOf } from './fixtures.ts';
import { computeDesired } from './index.ts';

const pod = { containers: [{ name: 'main', image: 'engine' }] };
const group = { template: pod, worker: pod, parallelism: { data: 4, dataLocal: 2 } };

function templateOf(input: ReturnType<typeof inputFor>) {
  return (appliedFor(input).get('Deployment hello-kserve') as Deployment).spec?.template;
}

test('labels and annotations of the workload win over those that the service hands down, the fixed ones over both', () => {
  const metadata = {
    labels: { 'kueue.x-k8s.io/queue-name': 'service', team: 'a' },
    annotations: { 'prometheus.io/port': '1', other: 'x' },
  };
  const spec = {
    labels: { 'kueue.x-k8s.io/queue-name': 'workload', 'app.kubernetes.io/component': 'mine' },
    annotations: { 'prometheus.io/port': '2', own: 'y' },
  };
  expect(templateOf(inputFor(spec, { metadata }))?.metadata).toEqual({
    labels: {
      'kueue.x-k8s.io/queue-name': 'workload',
      'app.kubernetes.io/component': 'llminferenceservice-workload',
      'app.kubernetes.io/name': 'hello',
      'app.kubernetes.io/part-of': 'llminferenceservice',
      'kserve.io/component': 'workload',
      'llm-d.ai/role': 'both',
    },
    annotations: { 'prometheus.io/port': '2', own: 'y' },
  });
});

test('an empty rollout strategy leaves that of a LeaderWorkerSet to its defaults, half of one is completed', () => {
  const strategyFor = (rolloutStrategy: object) =>
    (
      appliedFor(inputFor({ ...group, rolloutStrategy })).get(
        'LeaderWorkerSet hello-kserve-mn',
      ) as LeaderWorkerSet
    ).spec?.rolloutStrategy;
  expect(strategyFor({})).toEqual({ type: 'RollingUpdate' });
  expect(strategyFor({ maxSurge: 1 })).toEqual({
    type: 'RollingUpdate',
    rollingUpdateConfiguration: { maxUnavailable: 1, maxSurge: 1 },
  });
});

test('what a user says about a download that is switched off is left out, a container of his own is not', () => {
  const initContainers = (image: object) =>
    podOf(
      inputFor({
        storageInitializer: { enabled: false },
        template: { ...pod, initContainers: [{ name: 'storage-initializer', env: [], ...image }] },
      }),
    ).initContainers;
  expect(initContainers({})).toEqual([]);
  expect(initContainers({ image: 'mine' })).toHaveLength(1);
});

describe('devices by annotation', () => {
  const prefix = 'serving.kserve.io/exp-dra-';
  const inputWith = (wishes: Record<string, string>, containers: typeof pod.containers = pod.containers) =>
    inputFor(
      { template: { containers } },
      {
        metadata: {
          annotations: Object.fromEntries(
            Object.entries(wishes).map(([key, value]) => [`${prefix}${key}`, value]),
          ),
        },
      },
    );
  const claim = { name: 'managed-device' };

  test('blanks around a value mean nothing, as at admission', () => {
    const input = inputWith({
      'device-class': ' gpu.example.com\n',
      'device-count': ' 2 ',
      'container-name': ' main ',
      'cel-selector': '\n  a == 1  \n\n b == 2\n',
    });
    const object = appliedFor(input).get(`${resources.resourceClaimTemplates.kind} hello-managed-dra`);
    expect(object).toMatchObject({
      spec: {
        spec: {
          devices: {
            requests: [
              {
                name: 'device',
                exactly: {
                  deviceClassName: 'gpu.example.com',
                  count: 2,
                  selectors: [{ cel: { expression: 'a == 1' } }, { cel: { expression: 'b == 2' } }],
                },
              },
            ],
          },
        },
      },
    });
    expect(podOf(input).containers[0]?.resources?.claims).toEqual([claim]);
  });

  test('go to the first container where none is named, and to none where the named one is missing', () => {
    const containers = [
      { name: 'first', image: 'x' },
      { name: 'main', image: 'engine' },
    ];
    const claimsOf = (name: string) =>
      podOf(inputWith({ 'device-class': 'gpu', 'container-name': name }, containers)).containers.map(
        ({ resources: { claims } = {} }) => claims,
      );
    expect(claimsOf('')).toEqual([[claim], undefined]);
    expect(claimsOf('main')).toEqual([undefined, [claim]]);
    expect(claimsOf('absent')).toEqual([undefined, undefined]);
  });

  test('are claimed once by a container that names the claim itself', () => {
    const own = [{ name: 'main', image: 'engine', resources: { claims: [claim] } }];
    expect(podOf(inputWith({ 'device-class': 'gpu' }, own)).containers[0]?.resources?.claims).toEqual([
      claim,
    ]);
  });
});

describe('pods that the user puts into the pool of another service', () => {
  const spec = { labels: { 'app.kubernetes.io/name': 'other', 'llm-d.ai/role': 'decode', own: 'x' } };
  const elsewhere = {
    'app.kubernetes.io/component': 'llminferenceservice-workload',
    'app.kubernetes.io/name': 'other',
    'app.kubernetes.io/part-of': 'llminferenceservice',
    'kserve.io/component': 'workload',
    'weir.dev/service': 'hello',
  };

  test('carry its labels, and say whose they are', () => {
    expect(templateOf(inputFor(spec))?.metadata?.labels).toEqual({
      ...elsewhere,
      'llm-d.ai/role': 'decode',
      own: 'x',
    });
  });

  test('are selected by their own Deployment and Service, and no others are', () => {
    const objects = appliedFor(inputFor(spec));
    const { metadata, spec: deployment } = objects.get('Deployment hello-kserve') as Deployment;
    expect(deployment?.selector.matchLabels).toEqual(elsewhere);
    expect(metadata.labels?.['app.kubernetes.io/name']).toBe('hello');
    expect(objects.get('Service hello-kserve-workload-svc')).toMatchObject({ spec: { selector: elsewhere } });
  });

  test('leave the pods of before behind when they are moved', () => {
    const live = appliedFor(inputFor({})).get('Deployment hello-kserve') ?? { metadata: {} };
    const observed = {
      children: [childObject(resources.deployments, 'hello-kserve', { spec: (live as Deployment).spec })],
    };
    const recreation = (given: object) =>
      computeDesired(inputFor(given, { observed }))
        .parts.flatMap(({ apply }) => apply)
        .find(({ kind }) => kind === resources.deployments)?.recreate;
    expect([recreation({}), recreation(spec)]).toEqual(['Orphan', 'Background']);
  });
});

test('a bundle of authorities that the user names to the initializer is mounted for it', () => {
  const env = [
    { name: 'AWS_CA_BUNDLE_CONFIGMAP', value: 'my-trust' },
    { name: 'AWS_CA_BUNDLE', value: '/my/certs/ca.crt' },
  ];
  const initContainers = [{ name: 'storage-initializer', env }];
  const built = podOf(inputFor({ template: { ...pod, initContainers } }));
  expect(built.initContainers?.[0]).toMatchObject({
    env: expect.arrayContaining([
      ...env,
      { name: 'CA_BUNDLE_CONFIGMAP_NAME', value: 'my-trust' },
      { name: 'CA_BUNDLE_VOLUME_MOUNT_POINT', value: '/my/certs' },
    ]),
    volumeMounts: expect.arrayContaining([{ name: 'cabundle-cert', mountPath: '/my/certs', readOnly: true }]),
  });
  expect(built.volumes).toContainEqual({ name: 'cabundle-cert', configMap: { name: 'my-trust' } });
});

test.each([
  [undefined, ['10Gi'], '10Gi'],
  [undefined, ['10Gi', '6Gi'], '16Gi'],
  ['512Mi', ['10Gi'], '10752Mi'],
  ['1G', ['2G'], '3G'],
  ['1Gi', ['1G'], '2073741824'],
  [1000, ['24'], '1024'],
])(
  'tiers of the KV cache on the node add to the disk that the engine asks for: %s and %s',
  (own, sizes, wanted) => {
    const requests = own === undefined ? {} : { 'ephemeral-storage': own };
    const main = { name: 'main', image: 'engine', resources: { requests } };
    const kvCacheOffloading = {
      cpu: '1Gi',
      secondary: sizes.map((size) => ({ fileSystem: { emptyDir: { size } } })),
    };
    const built = podOf(inputFor({ template: { containers: [main] }, kvCacheOffloading }));
    expect(built.containers[0]?.resources?.requests).toEqual({ 'ephemeral-storage': wanted });
  },
);
