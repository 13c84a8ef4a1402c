import { describe, expect, test } from 'vitest';
import { fieldErrorText, type ObjectMeta } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';
import { ruleErrors, ruleWarnings, validateConfigSpec } from './index.ts';

/** One line per error of KServe's rules: type, path and detail. All come with advice. */
function errorsOf(
  spec: unknown,
  more: { version?: string; metadata?: ObjectMeta; oldSpec?: unknown } = {},
): string[] {
  const errors = ruleErrors({
    spec: { model: { uri: 'hf://a/b', name: 'base' }, ...(spec as LLMInferenceServiceSpec) },
    metadata: more.metadata ?? { name: 'x' },
    version: more.version ?? 'v1alpha2',
    oldSpec: (more.oldSpec ?? null) as LLMInferenceServiceSpec | null,
  });
  // A wrong type says itself what to write.
  expect(errors.filter(({ type, hint = '' }) => type !== 'TypeInvalid' && hint === '')).toEqual([]);
  return errors.map(({ type, path, detail }) => `${type} ${path} ${detail}`);
}

const containing = (...texts: string[]): unknown[] => texts.map((text) => expect.stringContaining(text));
const workers = { containers: [{ name: 'main' }] };

describe.each(['v1alpha1', 'v1alpha2'])('%s', (version) => {
  const refs = [{ name: 'r' }];
  const gateways = [{ name: 'edge', namespace: 'infra' }];
  const cases: [string, unknown, string[]][] = [
    ['a plain service', { replicas: 0, router: { route: {}, gateway: {}, scheduler: {} } }, []],
    [
      'route refs and spec',
      { router: { route: { http: { refs, spec: {} } } } },
      ['Invalid spec.router.route.http unsupported configuration: cannot use both custom HTTPRoute refs'],
    ],
    [
      'route refs with a managed gateway',
      { router: { gateway: {}, route: { http: { refs } } } },
      [
        "Invalid spec.router.route.http.refs unsupported configuration: custom HTTP routes ('spec.router.route.http.refs') cannot be used with a managed gateway ('spec.router.gateway')",
      ],
    ],
    [
      'a group beside an Ingress',
      { router: { ingress: {}, route: { group: 'g', weight: 1 } } },
      ['Invalid spec.router.route.group traffic splitting requires Gateway API routing'],
    ],
    [
      'a group without weight',
      { router: { route: { group: 'g' } } },
      ['Required spec.router.route.weight group requires weight'],
    ],
    [
      'a weight without group',
      { router: { route: { weight: 0 } } },
      ['Required spec.router.route.group weight requires group'],
    ],
    [
      'a group with own routes',
      { router: { route: { group: 'g', weight: 1, http: { refs } } } },
      ['Invalid spec.router.route.group traffic splitting cannot be used with custom HTTPRoute refs'],
    ],
    [
      'no scheduler replicas',
      { router: { scheduler: { replicas: 0 } } },
      ['Invalid spec.router.scheduler.replicas scheduler replicas must be greater than zero'],
    ],
    [
      'an empty scheduler config',
      { router: { scheduler: { config: {} } } },
      ['Invalid spec.router.scheduler.config either inline or ref is required'],
    ],
    [
      'two scheduler configs',
      { router: { scheduler: { config: { inline: { a: 1 }, ref: { name: 'c' } } } } },
      ['Invalid spec.router.scheduler.config both inline and ref are set'],
    ],
    [
      'an empty inline config',
      { router: { scheduler: { config: { inline: {} } } } },
      ['Invalid spec.router.scheduler.config.inline inline configuration is invalid'],
    ],
    [
      'a config ref without name',
      { router: { scheduler: { config: { ref: { key: 'epp' } } } } },
      ['Invalid spec.router.scheduler.config.ref.name name is empty'],
    ],
    [
      'LoRA limits below 1',
      { model: { lora: { maxRank: 0, maxAdapters: 0, maxCpuAdapters: 0 } } },
      [
        'Invalid spec.model.lora.maxRank maxRank must be at least 1',
        'Invalid spec.model.lora.maxAdapters maxAdapters must be at least 1',
        'Invalid spec.model.lora.maxCpuAdapters maxCpuAdapters must be at least 1',
      ],
    ],
    [
      'two sides that scale by different modes',
      {
        scaling: { maxReplicas: 2, keda: { triggers: [{}] } },
        prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
      },
      [
        'Invalid spec.prefill.scaling decode and prefill must use the same scaling mode; decode uses direct keda but prefill uses wva',
      ],
    ],
    [
      'two sides with different actuators',
      {
        scaling: { maxReplicas: 2, wva: { keda: {} } },
        prefill: { scaling: { maxReplicas: 2, wva: { hpa: {} } } },
      },
      [
        'Invalid spec.prefill.scaling.wva decode and prefill must use the same actuator backend; decode uses keda but prefill uses hpa',
      ],
    ],
  ];

  test.each(cases)('%s', (_name, spec, expected) => {
    expect(errorsOf(spec, { version })).toEqual(containing(...expected));
  });

  test('own parents beside gateway refs', () => {
    const same = {
      router: { gateway: { refs: gateways }, route: { http: { spec: { parentRefs: gateways } } } },
    };
    const other = { router: { ...same.router, gateway: { refs: [{ name: 'other' }] } } };
    expect(errorsOf(same, { version })).toEqual(
      version === 'v1alpha1' ? containing('cannot be used with custom gateway refs') : [],
    );
    expect(errorsOf(other, { version })).toEqual(
      containing(version === 'v1alpha1' ? 'cannot be used with' : 'has parentRefs that conflict with'),
    );
    expect(ruleWarnings(same as LLMInferenceServiceSpec)).toEqual(containing('parentRefs can be omitted'));
  });

  test('the size of a group stays', () => {
    const oldSpec = { parallelism: { pipeline: 2 }, prefill: { parallelism: { data: 4, dataLocal: 2 } } };
    const spec = { parallelism: { pipeline: 3 }, prefill: { parallelism: { data: 8, dataLocal: 2 } } };
    expect(errorsOf(spec, { version, oldSpec })).toEqual([
      'NotSupported spec.parallelism total parallelism size is immutable, previous size 2, curr size 3',
      'NotSupported spec.prefill.parallelism total parallelism size is immutable, previous size 2, curr size 4',
    ]);
    expect(errorsOf({ parallelism: { pipeline: 2 } }, { version, oldSpec })).toEqual([]);
  });
});

/** What holds for the spec holds for its prefill. */
describe.each(['spec', 'spec.prefill'])('the workload at %s', (path) => {
  const cases: [string, unknown, string[]][] = [
    [
      'a worker without parallelism',
      { worker: workers },
      ['Invalid @.worker when worker is specified, parallelism must'],
    ],
    [
      'a worker with tensor alone',
      { worker: workers, parallelism: { tensor: 8 } },
      ['Invalid @.worker when worker'],
    ],
    [
      'pipeline and data',
      { parallelism: { pipeline: 2, data: 2, dataLocal: 1 } },
      ['Invalid @.parallelism cannot set both pipeline parallelism and data parallelism'],
    ],
    [
      'data alone',
      { parallelism: { data: 2 } },
      ['Invalid @.parallelism.dataLocal dataLocal must be set when data is set'],
    ],
    [
      'dataLocal alone',
      { parallelism: { dataLocal: 2 } },
      ['Invalid @.parallelism.data data must be set when dataLocal is set'],
    ],
    [
      'sizes of 0',
      { parallelism: { pipeline: 0, data: 0, dataLocal: -1 } },
      [
        'Invalid @.parallelism.pipeline pipeline parallelism must be greater than 0',
        'Invalid @.parallelism.data data parallelism must be greater than 0',
        'Invalid @.parallelism.dataLocal dataLocal parallelism must be greater than 0',
      ],
    ],
    [
      'scaling and replicas',
      { replicas: 1, scaling: { maxReplicas: 1, wva: { hpa: {} } } },
      ['Invalid @.scaling scaling and replicas are mutually exclusive'],
    ],
    [
      'a minimum over the maximum',
      { scaling: { minReplicas: 3, maxReplicas: 1, wva: { hpa: {} } } },
      ['Invalid @.scaling.minReplicas minReplicas (3) cannot exceed maxReplicas (1)'],
    ],
    [
      'two mechanisms',
      { scaling: { maxReplicas: 1, wva: {}, keda: {} } },
      ['Invalid @.scaling wva and keda are mutually exclusive'],
    ],
    [
      'no mechanism',
      { scaling: { maxReplicas: 1 } },
      ['Required @.scaling either wva or keda must be specified'],
    ],
    [
      'KEDA without triggers',
      { scaling: { maxReplicas: 1, keda: { triggers: [] } } },
      ['Required @.scaling.keda.triggers at least one trigger is required'],
    ],
    [
      'two actuators',
      { scaling: { maxReplicas: 1, wva: { hpa: {}, keda: {} } } },
      ['Invalid @.scaling.wva hpa and keda are mutually exclusive'],
    ],
    ['no actuator', { scaling: { maxReplicas: 1, wva: {} } }, ['Required @.scaling.wva either hpa or keda']],
    [
      'a cost that is no number',
      { scaling: { maxReplicas: 1, wva: { hpa: {}, variantCost: 'a' } } },
      ['Invalid @.scaling.wva.variantCost variantCost must be a non-negative numeric string'],
    ],
    [
      'a formula beside that of WVA',
      {
        scaling: { maxReplicas: 1, wva: { keda: { advanced: { scalingModifiers: { formula: 'a' } } } } },
      },
      ['Forbidden @.scaling.wva.keda.advanced.scalingModifiers scalingModifiers must not be set'],
    ],
    [
      'a name for the HPA',
      {
        scaling: {
          maxReplicas: 1,
          keda: { triggers: [{}], advanced: { horizontalPodAutoscalerConfig: { name: 'h' } } },
        },
      },
      [
        'Forbidden @.scaling.keda.advanced.horizontalPodAutoscalerConfig.name horizontalPodAutoscalerConfig.name must not be set',
      ],
    ],
    [
      'an idle count without minimum',
      { scaling: { maxReplicas: 1, wva: { keda: { idleReplicaCount: 0 } } } },
      ['Required @.scaling.minReplicas minReplicas is required when idleReplicaCount is set'],
    ],
    [
      'an idle count at the minimum',
      {
        scaling: { minReplicas: 1, maxReplicas: 1, keda: { triggers: [{}], idleReplicaCount: 1 } },
      },
      ['Invalid @.scaling.keda.idleReplicaCount idleReplicaCount (1) must be less than minReplicas (1)'],
    ],
    [
      'tiers without memory',
      { kvCacheOffloading: { cpu: 0, secondary: [{ fileSystem: { emptyDir: { size: 1 } } }] } },
      ['Required @.kvCacheOffloading.cpu cpu must be set when secondary tiers are configured'],
    ],
    [
      'tiers without a backend',
      {
        kvCacheOffloading: {
          cpu: 1,
          secondary: [
            {},
            { fileSystem: {} },
            { fileSystem: { pvc: {} } },
            { fileSystem: { pvc: { ref: { name: '' } } } },
          ],
        },
      },
      [
        'Required @.kvCacheOffloading.secondary[0].fileSystem only fileSystem tiers are supported',
        'Required @.kvCacheOffloading.secondary[1].fileSystem exactly one of emptyDir or pvc must be set',
        'Required @.kvCacheOffloading.secondary[2].fileSystem.pvc exactly one of spec or ref must be set',
        'Required @.kvCacheOffloading.secondary[3].fileSystem.pvc.ref.name name is required',
      ],
    ],
    [
      'tiers with two backends',
      {
        kvCacheOffloading: {
          cpu: 1,
          secondary: [
            { fileSystem: { emptyDir: {}, pvc: {} } },
            { fileSystem: { pvc: { spec: {}, ref: { name: 'a' } } } },
          ],
        },
      },
      [
        'Invalid @.kvCacheOffloading.secondary[0].fileSystem exactly one of emptyDir or pvc must be set; multiple are set',
        'Invalid @.kvCacheOffloading.secondary[1].fileSystem.pvc exactly one of spec or ref must be set; multiple are set',
      ],
    ],
    [
      'a rollout by negative numbers and bad percentages',
      { rolloutStrategy: { maxUnavailable: -1, maxSurge: 'x' } },
      [
        'Invalid @.rolloutStrategy.maxUnavailable must be greater than or equal to 0',
        'Invalid @.rolloutStrategy.maxSurge a valid percent string must be a numeric string',
      ],
    ],
    [
      'a rollout over 100%',
      { rolloutStrategy: { maxSurge: '101%' } },
      ['Invalid @.rolloutStrategy.maxSurge must not be greater than 100%'],
    ],
    [
      'a rollout that cannot move',
      { rolloutStrategy: { maxUnavailable: '50%', maxSurge: 0 } },
      ['Invalid @.rolloutStrategy maxUnavailable and maxSurge cannot both be zero'],
    ],
    ['a rollout that can', { rolloutStrategy: { maxUnavailable: '0%', maxSurge: '100%' } }, []],
    [
      'groups that may not miss and not surge',
      {
        worker: workers,
        parallelism: { pipeline: 2 },
        rolloutStrategy: { maxUnavailable: '99%' },
      },
      ['Required @.rolloutStrategy.maxSurge maxSurge is required for multi-node workloads'],
    ],
  ];

  test.each(cases)('%s', (_name, workload, expected) => {
    const spec = path === 'spec' ? workload : { prefill: workload };
    expect(errorsOf(spec)).toEqual(containing(...expected.map((text) => text.replace('@', path))));
  });
});

describe('adapters', () => {
  const errorsOfAdapters = (adapters: unknown): string[] =>
    errorsOf({ model: { name: 'base', lora: { adapters } } });
  const path = 'spec.model.lora.adapters';

  test.each<[unknown, string[]]>([
    [[{ uri: 'hf://a/b' }], [`Required ${path}[0].name adapter name is required`]],
    [[{ name: '..' }], [`Invalid ${path}[0].name adapter name must not include "." or ".."`]],
    [[{ name: 'a' }, { name: 'a' }], [`Invalid ${path}[1].name duplicate name (same as adapters[0])`]],
    [[{ name: 'base' }], [`Invalid ${path}[0].name adapter name must differ from base model name "base"`]],
    ['text', [`TypeInvalid ${path} must be a list of models`]],
    [
      [1, { name: 1 }],
      [
        `TypeInvalid ${path}[0] must be an object`,
        `TypeInvalid ${path}[1].name must be a string`,
        `Required ${path}[1].name adapter name is required`,
      ],
    ],
  ])('%j', (adapters, expected) => {
    expect(errorsOfAdapters(adapters)).toEqual(containing(...expected));
  });

  test('the name of the service is that of the model when it has none', () => {
    const spec = { model: { uri: 'hf://a/b', lora: { adapters: [{ name: 'x' }] } } };
    expect(errorsOf(spec)).toEqual(containing('must differ from base model name "x"'));
  });
});

describe('device claims', () => {
  const key = (name: string): string => `serving.kserve.io/exp-dra-${name}`;
  const at = (name: string): string => `metadata.annotations[${key(name)}]`;
  test.each<[Record<string, string>, string[]]>([
    [{ 'device-count': '1' }, [`Required ${at('device-class')}`]],
    [{ 'device-class': ' ' }, [`Invalid ${at('device-class')} device class must not be empty`]],
    [{ 'device-class': 'GPU' }, [`Invalid ${at('device-class')} device class must be a DNS subdomain`]],
    [{ 'device-class': 'gpu', 'device-count': '0' }, [`Invalid ${at('device-count')}`]],
    [{ 'device-class': 'gpu', 'device-count': 'two' }, [`Invalid ${at('device-count')}`]],
    [
      { 'device-class': 'gpu', 'cel-selector': ' \n ' },
      [`Invalid ${at('cel-selector')} cel selector must contain`],
    ],
    [
      { 'device-class': 'gpu', 'container-name': 'a.b' },
      [`Invalid ${at('container-name')} container name must be a DNS label`],
    ],
    [{ 'device-class': 'gpu.example', 'device-count': ' 2 ', 'container-name': 'main' }, []],
  ])('%j', (annotations, expected) => {
    const metadata = {
      annotations: Object.fromEntries(Object.entries(annotations).map(([name, value]) => [key(name), value])),
    };
    expect(errorsOf({}, { metadata })).toEqual(containing(...expected));
  });
});

test('a key of confidential weights is a resource of the key broker', () => {
  const model = (resourceId: string, uri = 'hf://a/b') => ({
    uri,
    confidential: { enabled: true, resourceId },
  });
  expect(errorsOf({ model: model('kbs:///a/b/c') })).toEqual([]);
  expect(errorsOf({ model: model('kbs://a/b') })).toEqual(
    containing('Invalid spec.model.confidential.resourceId must be in the format kbs:///<repo>/<type>/<tag>'),
  );
  expect(ruleWarnings({ model: model('kbs:///a/b/c', 'oci://a') })).toEqual(
    containing('no effect with OCI URIs'),
  );
  expect(ruleWarnings({ model: model('kbs:///a/b/c', 'pvc://a') })).toEqual(
    containing('no effect with PVC URIs'),
  );
});

test('a Config names no other Config, and is otherwise a part of anything', () => {
  expect(validateConfigSpec({ baseRefs: [{ name: 'x' }] }).map(fieldErrorText)).toEqual(
    containing('spec.baseRefs: Forbidden: baseRefs is not a permitted field'),
  );
  expect(validateConfigSpec({ worker: workers, router: { scheduler: { config: {} } } })).toEqual([]);
  expect(validateConfigSpec({ router: { scheduler: { replicas: -1 } } }).map(({ path }) => path)).toEqual([
    'spec.router.scheduler.replicas',
  ]);
});

test('every error of a service is reported, in a fixed order', () => {
  const spec = {
    worker: workers,
    replicas: 1,
    scaling: { maxReplicas: 1 },
    router: { route: { group: 'g' }, scheduler: { replicas: 0 } },
  };
  expect(errorsOf(spec).map((line) => line.split(' ')[1])).toEqual([
    'spec.router.route.weight',
    'spec.worker',
    'spec.router.scheduler.replicas',
    'spec.scaling',
    'spec.scaling',
  ]);
});
