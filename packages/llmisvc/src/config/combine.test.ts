import type {
  LLMInferenceService,
  LLMInferenceServiceConfig,
  LLMInferenceServiceSpec,
} from '@weir/api/serving';
import { expect, test } from 'vitest';
import { combineConfig } from './combine.ts';
import { parsePlatformConfig } from './platform-config.ts';

const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
const template = config('kserve', 'kserve-config-llm-template', {
  template: { containers: [{ name: 'main', image: 'engine' }] },
});

function config(namespace: string, name: string, spec: LLMInferenceServiceSpec): LLMInferenceServiceConfig {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceServiceConfig',
    metadata: { namespace, name },
    spec,
  };
}

function combine(
  spec: LLMInferenceServiceSpec,
  configs: readonly LLMInferenceServiceConfig[] = [template],
  status?: LLMInferenceService['status'],
) {
  const service: LLMInferenceService = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { namespace: 'demo', name: 'hello' },
    spec,
    ...(status === undefined ? {} : { status }),
  };
  return combineConfig({ service, platform, configs });
}

const model = { uri: 'hf://org/m' };

test('a missing base is reported with where it was looked for and what there is', () => {
  const std = config('demo', 'std', {});
  expect(combine({ model, baseRefs: [{ name: 'sdt' }] }, [template, std])).toEqual({
    type: 'failed',
    reason: 'ConfigNotFound',
    message:
      'LLMInferenceServiceConfig "sdt" not found in namespaces [demo kserve] — ' +
      'did you mean "std"? available: kserve-config-llm-template, std',
    presets: [],
    appliedConfigs: [],
  });
});

test('a missing preset that only a base asks for is named among those needed', () => {
  const traced = config('demo', 'traced', { tracing: {} });
  expect(combine({ model, baseRefs: [{ name: 'traced' }] }, [template, traced])).toMatchObject({
    reason: 'ConfigNotFound',
    presets: ['kserve-config-llm-tracing', 'kserve-config-llm-template'],
  });
});

test('a service or a base without a spec is one without fields', () => {
  const { spec: _none, ...bare } = config('demo', 'bare', {});
  expect(combine({ model, baseRefs: [{ name: 'bare' }] }, [template, bare])).toMatchObject({
    type: 'combined',
  });
  const service = { apiVersion: 'v1', kind: 'x', metadata: { namespace: 'demo', name: 'hello' } };
  expect(combineConfig({ service, platform, configs: [template] })).toMatchObject({
    type: 'failed',
    reason: 'InvalidRenderedConfig',
    message: expect.stringContaining('spec.model.uri: Required value'),
  });
});

test('the namespace of the service shadows the system namespace, also for presets', () => {
  const own = config('demo', 'kserve-config-llm-template', {
    template: { containers: [{ name: 'main', image: 'mine' }] },
  });
  const combined = combine({ model }, [template, own]);
  expect(combined).toMatchObject({
    spec: { template: { containers: [{ image: 'mine' }] } },
    appliedConfigs: [{ name: 'kserve-config-llm-template', namespace: 'demo', source: 'Preset' }],
  });
});

test('later bases win over earlier ones and the service over all', () => {
  const one = config('demo', 'one', { replicas: 1, labels: { a: '1', b: '1' } });
  const two = config('demo', 'two', { replicas: 2, labels: { b: '2' } });
  expect(
    combine({ model, labels: { c: '3' }, baseRefs: [{ name: 'one' }, { name: 'two' }] }, [
      template,
      one,
      two,
    ]),
  ).toMatchObject({
    spec: { replicas: 2, labels: { a: '1', b: '2', c: '3' } },
  });
});

test('a typed model name beats that of a base, a defaulted one does not', () => {
  const base = config('demo', 'named', { model: { name: 'from-base' } });
  const nameOf = (name: string | undefined) => {
    const combined = combine(
      { model: { ...model, ...(name === undefined ? {} : { name }) }, baseRefs: [{ name: 'named' }] },
      [template, base],
    );
    return combined.type === 'combined' ? combined.spec.model?.name : combined.message;
  };
  expect(nameOf('typed')).toBe('typed');
  expect(nameOf('hello')).toBe('from-base');
  expect(nameOf(undefined)).toBe('from-base');
});

test('a template that cannot be rendered is reported with field, place and nearest name', () => {
  const base = config('demo', 'broken', {
    template: { containers: [{ name: 'main', env: [{ name: 'WHO', value: '{{ .Nmae }}' }] }] },
  });
  expect(combine({ model, baseRefs: [{ name: 'broken' }] }, [template, base])).toMatchObject({
    reason: 'CombineBaseError',
    message:
      'spec.template.containers[main].env[WHO].value: unknown variable ".Nmae" — did you mean ".Name"? (line 1, column 4), in UserRef:demo/broken',
  });
});

test('a layer deletes items only for services that ask for it', () => {
  const preset = config('kserve', 'kserve-config-llm-template', {
    template: { containers: [{ name: 'main', image: 'engine', env: [{ name: 'A', value: '1' }] }] },
  });
  const env = [{ name: 'A', $patch: 'delete' }];
  const slim = config('demo', 'slim', { template: { containers: [{ name: 'main', env }] } } as never);
  const combineWith = (annotations: Record<string, string>) =>
    combineConfig({
      service: {
        apiVersion: 'serving.kserve.io/v1alpha2',
        kind: 'LLMInferenceService',
        metadata: { namespace: 'demo', name: 'hello', annotations },
        spec: { model, baseRefs: [{ name: 'slim' }] },
      },
      platform,
      configs: [preset, slim],
    });
  expect(combineWith({ 'weir.dev/merge': 'v2' })).toMatchObject({
    spec: { template: { containers: [{ name: 'main', image: 'engine', env: [] }] } },
  });
  expect(combineWith({})).toMatchObject({
    reason: 'CombineBaseError',
    message:
      'spec.template.containers[main].env[A]: $patch is not obeyed, in UserRef:demo/slim — annotate the service with weir.dev/merge: v2',
  });
});

test('where the platform leaves refusals to KServe, a merged spec is held to its rules alone', () => {
  const service: LLMInferenceService = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { namespace: 'demo', name: 'hello' },
    spec: {
      model,
      parallelism: { tensor: 8 },
      template: { containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': '1' } } }] },
    },
  };
  const verdict = (validation: 'default' | 'kserve'): string =>
    combineConfig({ service, platform: { ...platform, validation }, configs: [template] }).type;
  expect([verdict('default'), verdict('kserve')]).toEqual(['failed', 'combined']);
});

test('keys of maps are rendered as their values are', () => {
  const combined = combine({ model, labels: { '{{ .Name }}.example/of': '{{ .Namespace }}' } });
  expect(combined).toMatchObject({ spec: { labels: { 'hello.example/of': 'demo' } } });
  expect(combine({ model, labels: { '{{ .Nmae }}': 'x' } })).toMatchObject({
    message: expect.stringContaining('spec.labels: unknown variable ".Nmae"'),
  });
});

test('templates see values that only a base sets', () => {
  const base = config('demo', 'base', {
    replicas: 4,
    template: { containers: [{ name: 'main', env: [{ name: 'N', value: '{{ .Spec.Replicas }}' }] }] },
  });
  expect(combine({ model, baseRefs: [{ name: 'base' }] }, [template, base])).toMatchObject({
    spec: { template: { containers: [{ env: [{ name: 'N', value: '4' }] }] } },
  });
});

test.each([
  [{ replicas: 1 }, 'spec.model.uri: Required value: no layer names a model'],
  [{ model: { uri: 'ftp://host/x' } }, 'unsupported scheme "ftp"'],
])('%j is invalid once merged', (spec, text) => {
  expect(combine(spec)).toMatchObject({
    reason: 'InvalidRenderedConfig',
    message: expect.stringContaining(text),
    appliedConfigs: [{ source: 'Preset' }],
  });
});

test('an engine container must be called main', () => {
  const odd = config('kserve', 'kserve-config-llm-template', {
    template: { containers: [{ name: 'engine' }] },
  });
  expect(combine({ model }, [odd])).toMatchObject({
    message: expect.stringContaining('no container is called "main"'),
  });
});

test.each([
  [
    { enabled: false },
    'hf://org/sql',
    'CombineBaseError',
    'spec.storageInitializer.enabled: false brings no adapters, but',
  ],
  [
    {},
    'oci://quay.example/org/sql:v1',
    'InvalidRenderedConfig',
    'spec.model.lora.adapters[0].uri: Invalid value: "oci://quay.example/org/sql:v1": container images hold',
  ],
])(
  'adapters that cannot be brought to the engines end the composition: %j, %s',
  (storageInitializer, uri, reason, message) => {
    const lora = { adapters: [{ name: 'sql', uri }] };
    expect(combine({ model: { ...model, lora }, storageInitializer }, [template])).toMatchObject({
      reason,
      message: expect.stringContaining(message),
    });
  },
);

test('groups without a template for their leader have their engine in the workers', () => {
  const suffix = 'worker-data-parallel';
  const pods = (name: string) => ({ worker: { containers: [{ name }] } });
  const combined = (name: string) =>
    combine({ model, worker: {}, parallelism: { data: 2, dataLocal: 1 } }, [
      config('kserve', `kserve-config-llm-${suffix}`, pods(name)),
    ]);
  expect(combined('main').type).toBe('combined');
  expect(combined('engine')).toMatchObject({
    message: expect.stringContaining(
      'spec.worker.containers: Invalid value: ["engine"]: no container is called "main"',
    ),
  });
});

test('a pinned preset name is kept, and the names in use are pinned', () => {
  const old = config('kserve', 'v1-config-llm-template', {
    template: { containers: [{ name: 'main', image: 'old' }] },
  });
  const pins = { 'serving.kserve.io/config-llm-template': 'v1-config-llm-template' };
  expect(combine({ model }, [template, old], { annotations: pins })).toMatchObject({
    spec: { template: { containers: [{ image: 'old' }] } },
    pins: { ...pins, 'serving.kserve.io/config-llm-scheduler': 'kserve-config-llm-scheduler' },
  });
});

test('an own route gets the managed backend where it names none, and the gateways of the refs as parents', () => {
  const route = config('kserve', 'kserve-config-llm-router-route', {
    router: { route: { http: { spec: { parentRefs: [{ name: 'default' }] } } } },
  });
  const router = {
    gateway: { refs: [{ name: 'edge' }] },
    route: {
      http: {
        spec: {
          rules: [
            { matches: [{ path: { type: 'PathPrefix' as const, value: '/x' } }] },
            { filters: [{ type: 'RequestRedirect' }] },
          ],
        },
      },
    },
  };
  expect(combine({ model, router }, [template, route])).toMatchObject({
    spec: {
      router: {
        route: {
          http: {
            spec: {
              parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
              rules: [
                { backendRefs: [{ kind: 'Service', name: 'hello-kserve-workload-svc', port: 8000 }] },
                { filters: [{ type: 'RequestRedirect' }] },
              ],
            },
          },
        },
      },
    },
  });
});
