import type { PodSpec } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { adapterPath, attachModel, checkModelUri } from './attach.ts';

const pod: PodSpec = { containers: [{ name: 'main', image: 'engine' }, { name: 'other' }] };
const initializer = { image: 'initializer:1', resources: { requests: { cpu: '100m' } } };

test('a hub model is downloaded by an init container into a volume that the engine reads', () => {
  const sidecar = { name: 'llm-d-routing-sidecar', restartPolicy: 'Always' };
  const uri = 'hf://org/model:v1';
  expect(attachModel({ ...pod, initContainers: [sidecar] }, { uri, initializer })).toEqual({
    containers: [
      {
        name: 'main',
        image: 'engine',
        volumeMounts: [{ name: 'kserve-provision-location', mountPath: '/mnt/models', readOnly: true }],
      },
      { name: 'other' },
    ],
    initContainers: [
      sidecar,
      {
        name: 'storage-initializer',
        image: 'initializer:1',
        args: [uri, '/mnt/models'],
        terminationMessagePolicy: 'FallbackToLogsOnError',
        resources: { requests: { cpu: '100m' } },
        env: [
          { name: 'HF_HUB_ENABLE_HF_TRANSFER', value: '1' },
          { name: 'HF_XET_HIGH_PERFORMANCE', value: '1' },
          { name: 'HF_XET_NUM_CONCURRENT_RANGE_GETS', value: '8' },
        ],
        volumeMounts: [{ name: 'kserve-provision-location', mountPath: '/mnt/models' }],
      },
    ],
    volumes: [{ name: 'kserve-provision-location', emptyDir: {} }],
  });
});

test("a user's storage-initializer keeps its settings but not its arguments", () => {
  const own = {
    name: 'storage-initializer',
    image: 'mine',
    command: ['sh'],
    args: ['-c', 'true'],
    env: [{ name: 'HF_XET_HIGH_PERFORMANCE', value: '0' }],
    resources: { requests: { memory: '2Gi' } },
    volumeMounts: [{ name: 'mine', mountPath: '/mine' }],
  };
  const result = attachModel({ ...pod, initContainers: [own] }, { uri: 'hf://org/model', initializer });
  expect(result.initContainers).toEqual([
    expect.objectContaining({
      image: 'mine',
      args: ['hf://org/model', '/mnt/models'],
      resources: { requests: { cpu: '100m', memory: '2Gi' } },
      volumeMounts: [
        { name: 'mine', mountPath: '/mine' },
        { name: 'kserve-provision-location', mountPath: '/mnt/models' },
      ],
    }),
  ]);
  expect(result.initContainers?.[0]?.command).toBeUndefined();
  expect(result.initContainers?.[0]?.env).toContainEqual({ name: 'HF_XET_HIGH_PERFORMANCE', value: '0' });
});

test('a live initializer without hub settings stays without them, so that no pod restarts', () => {
  const live = { name: 'storage-initializer', env: [{ name: 'OTHER', value: '1' }] };
  const result = attachModel(pod, { uri: 'hf://org/model', initializer: { ...initializer, live } });
  expect(result.initContainers?.[0]?.env).toBeUndefined();
});

test('a claim is mounted read-only and nothing is downloaded', () => {
  const withOwn = { ...pod, initContainers: [{ name: 'storage-initializer' }] };
  expect(attachModel(withOwn, { uri: 'pvc://models/llama/8b', initializer })).toEqual({
    containers: [
      {
        name: 'main',
        image: 'engine',
        volumeMounts: [
          { name: 'kserve-pvc-source', mountPath: '/mnt/models', readOnly: true, subPath: 'llama/8b' },
        ],
      },
      { name: 'other' },
    ],
    initContainers: [],
    volumes: [{ name: 'kserve-pvc-source', persistentVolumeClaim: { claimName: 'models' } }],
  });
});

test('adapters are fetched in the same run, and every path is mounted by itself', () => {
  const adapters = [
    { name: 'sql', uri: 'hf://org/sql' },
    { name: 'Team/Math', uri: 'pvc://adapters/math' },
  ];
  const result = attachModel(pod, { uri: 'hf://org/base', adapters, initializer });
  const provision = 'kserve-provision-location';
  expect(result.initContainers?.[0]?.args).toEqual([
    'hf://org/base',
    '/mnt/models',
    'hf://org/sql',
    '/mnt/lora/sql',
  ]);
  expect(result.containers[0]?.volumeMounts).toEqual([
    { name: provision, mountPath: '/mnt/models', subPath: 'models', readOnly: true },
    { name: provision, mountPath: '/mnt/lora/sql', subPath: 'lora/sql', readOnly: true },
    {
      name: 'lora-pvc-team-math-gfj2pfwbfq',
      mountPath: '/mnt/lora/Team-Math',
      subPath: 'math',
      readOnly: true,
    },
  ]);
  expect(result.volumes).toEqual([
    { name: provision, emptyDir: {} },
    { name: 'lora-pvc-team-math-gfj2pfwbfq', persistentVolumeClaim: { claimName: 'adapters' } },
  ]);
  expect(() =>
    attachModel(pod, { uri: 'hf://a/b', adapters: [{ name: 'x', uri: 'oci://q.example/a' }], initializer }),
  ).toThrow(/adapter "x".*cannot come from oci:/);
});

test('an image is a modelcar, a volume, or refused, as the platform is set up', () => {
  const uri = 'oci://quay.example/org/model:v1';
  const oci = { mode: 'modelcar', cpu: '10m', memory: '15Mi', runAsUser: 1010 } as const;
  const shared = { name: 'kserve-provision-location', mountPath: '/mnt' };
  const resources = { cpu: '10m', memory: '15Mi' };
  const car = {
    image: 'quay.example/org/model:v1',
    resources: { requests: resources, limits: resources },
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  expect(attachModel(pod, { uri, initializer, oci })).toEqual({
    shareProcessNamespace: true,
    containers: [
      {
        name: 'main',
        image: 'engine',
        env: [{ name: 'MODEL_INIT_MODE', value: 'async' }],
        securityContext: { runAsUser: 1010 },
        volumeMounts: [shared],
      },
      { name: 'other' },
      {
        ...car,
        name: 'modelcar',
        command: ['sh', '-c', 'ln -sfn /proc/$$$$/root/models /mnt/models && sleep infinity'],
        securityContext: { runAsUser: 1010 },
        volumeMounts: [shared],
      },
    ],
    initContainers: [{ ...car, name: 'modelcar-init', command: ['sh', '-c', expect.any(String)] }],
    volumes: [{ name: 'kserve-provision-location', emptyDir: {} }],
  });
  const image = { reference: 'quay.example/org/model:v1', pullPolicy: 'IfNotPresent' };
  const mount = { name: 'mnt-models', mountPath: '/mnt/models', subPath: 'models', readOnly: true };
  const native = {
    containers: [{ name: 'main', image: 'engine', volumeMounts: [mount] }, { name: 'other' }],
    volumes: [{ name: 'mnt-models', image }],
  };
  expect(attachModel(pod, { uri, initializer, oci: { ...oci, mode: 'native' } })).toEqual(native);
  expect(attachModel(pod, { uri: uri.replace('oci', 'oci+native'), initializer })).toEqual(native);
  expect(() => attachModel(pod, { uri, initializer })).toThrow(/OCI modelcars is not enabled/);
  expect(() => attachModel(pod, { uri, initializer, oci, allowLocalFiles: true })).toThrow(
    /needs a container runtime, which local mode does not have/,
  );
  const taken = {
    containers: [{ name: 'main', volumeMounts: [{ name: 'mine', mountPath: '/mnt/models' }] }],
  };
  expect(() => attachModel(taken, { uri, initializer, oci: { ...oci, mode: 'native' } })).toThrow(
    /"main" has volume "mine" mounted at \/mnt\/models/,
  );
});

test('the image of a live initializer stays, so that an upgrade restarts no pod', () => {
  const live = { name: 'storage-initializer', image: 'initializer:0' };
  const result = attachModel(pod, { uri: 'hf://org/model', initializer: { ...initializer, live } });
  expect(result.initContainers?.[0]?.image).toBe('initializer:0');
});

test('attaching changes nothing of what it was given, and twice is the same as once', () => {
  const before = structuredClone(pod);
  const once = attachModel(pod, { uri: 'hf://org/model', initializer });
  expect(pod).toEqual(before);
  expect(attachModel(once, { uri: 'hf://org/model', initializer })).toEqual(once);
});

test('local files are refused where pods do not run on the user’s machine', () => {
  const uri = 'file:///srv/model.gguf';
  expect(() => attachModel(pod, { uri, initializer })).toThrow(/only allowed in local mode/);
  const attached = attachModel(pod, { uri, initializer, allowLocalFiles: true });
  expect(attached.initContainers?.[0]?.args).toEqual([uri, '/mnt/models']);
});

test('a local file is mounted at its own path, where the pod may have a volume that hides it', () => {
  const temporary = {
    containers: [{ name: 'main', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  };
  const adapters = [{ name: 'a', uri: 'file:///tmp/a/' }];
  const options = { uri: 'file:///tmp/m.gguf', adapters, initializer, allowLocalFiles: true };
  const attached = attachModel(temporary, options);
  expect(attached.containers[0]?.volumeMounts).toEqual([
    { name: 'tmp', mountPath: '/tmp' },
    expect.objectContaining({ name: 'kserve-provision-location', mountPath: '/mnt/models' }),
    expect.objectContaining({ name: 'kserve-provision-location', mountPath: adapterPath('a') }),
    { name: 'kserve-file-source', mountPath: '/tmp/m.gguf', readOnly: true },
    { name: 'kserve-file-source-1', mountPath: '/tmp/a', readOnly: true },
  ]);
  expect(attached.volumes).toEqual([
    { name: 'tmp', emptyDir: {} },
    { name: 'kserve-provision-location', emptyDir: {} },
    { name: 'kserve-file-source', hostPath: { path: '/tmp/m.gguf' } },
    { name: 'kserve-file-source-1', hostPath: { path: '/tmp/a' } },
  ]);
  expect(attachModel(attached, options).volumes).toHaveLength(4);
  for (const path of ['/tmp', '/mnt/models', '/mnt/models/m.gguf']) {
    const hidden = { uri: `file://${path}`, initializer, allowLocalFiles: true };
    expect(() => attachModel(temporary, hidden)).toThrow(
      /volume of its own at (\/tmp|\/mnt\/models), which hides/,
    );
  }
});

test.each([
  ['model', /expected scheme/],
  ['oci+modelcar://quay.example/a', /"oci\+modelcar" is not built yet; supported are abfs:\/\/, abfss:/],
  ['s3://', /expected s3:\/\/bucket/],
  ['gs://bucket/../b', /expected gs:\/\/bucket/],
  ['abfs://account.dfs.core.windows.net/a', /expected abfs:\/\/container@account/],
  ['hdfs://', /expected hdfs:\/\/path/],
  ['modelscope://model', /expected modelscope:\/\/owner\/model/],
  ['oci://quay.example/Model:v1', /expected oci:\/\/registry/],
  ['htps://a/b', /unsupported scheme "htps", did you mean https:\/\/\?/],
  ['quantum://a', /unsupported scheme "quantum"; supported/],
  ['hf://model', /expected hf:\/\/owner\/model/],
  ['hf://a/b/c', /expected hf:\/\/owner\/model/],
  ['hf://a/..', /expected hf:\/\/owner\/model/],
  ['pvc://Claim', /expected pvc:\/\/claim/],
  ['pvc://claim/../etc', /expected pvc:\/\/claim/],
  ['file://relative', /expected file:\/\/\/absolute/],
  ['file:///a/../b', /expected file:\/\/\/absolute/],
  ['http://host.example/a.gguf', /only allowed to a loopback address/],
  ['https://host.example/', /expected https:\/\/host\/path\/file/],
  ['https://u:p@host.example/a.gguf', /credentials do not belong/],
  ['https://host.example/a.tar.gz', /archives and repositories are not built yet/],
  ['pypi://name', /expected pypi:\/\/name@version/],
  ['pypi://name@1/../a', /expected pypi:\/\/name@version/],
  ['builtin://Tiny', /expected builtin:\/\/tiny-random/],
  ['hf://a/b\nc', /blanks, control characters/],
])('the URI %s is refused', (uri, message) => {
  expect(() => checkModelUri(uri)).toThrow(message);
});

test('an error never repeats credentials of a URI', () => {
  expect(() => checkModelUri('https://u:secret@host.example/a.gguf')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test.each([
  'hf://a/b',
  'pvc://c',
  'file:///a',
  'http://127.0.0.1:1/a.gguf',
  'builtin://smol',
  'pypi://a@1/b',
  's3://bucket',
  's3://bucket/a/b/',
  'gs://bucket/a',
  'abfs://models@account.dfs.core.windows.net/a',
  'webhdfs://models/a',
  'modelscope://owner/model:v1',
  'oci://quay.example:5000/org/model:v1',
  'oci+native://quay.example/org/model@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
])('the URI %s is accepted', (uri) => {
  expect(() => checkModelUri(uri)).not.toThrow();
});
