import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../meta/index.ts';
import { convert } from './index.ts';
import { isEqual } from './loose.ts';

/** Enough cases to meet combinations of rare fields; the seed makes a failure repeatable. */
const runs = { numRuns: 10_000, seed: 20_260_101 };
/** Generating takes most of the time, and more on a busy machine. */
const patience = 60_000;
const optional = { requiredKeys: [] };
type Fields = Record<string, fc.Arbitrary<unknown>>;

const word = fc.constantFrom('a', 'b', 'sql', 'math', 'hf', 'constructor');
const words = fc.constantFrom<Record<string, string>>({}, { a: 'b' }, { a: '', sql: '{{ "é" }}' });
const count = fc.nat({ max: 9 });
const portNumber = fc.integer({ min: 1, max: 65535 });
const criticality = fc.constantFrom('Critical', 'Standard', 'Sheddable', 'Normal');
const failureMode = fc.constantFrom('FailOpen', 'FailClose');
const podSpec = fc.record(
  {
    serviceAccountName: word,
    containers: fc.array(fc.record({ name: word, image: word }), { maxLength: 2 }),
  },
  optional,
);
const scaling = fc.record(
  { minReplicas: count, maxReplicas: count, wva: fc.constant({ hpa: {} }) },
  { requiredKeys: ['maxReplicas'] },
);
const kvCacheOffloading = fc.record(
  { cpu: fc.constantFrom('4Gi', 1024), evictionPolicy: fc.constantFrom('lru', 'arc') },
  { requiredKeys: ['cpu'] },
);
const workloadFields = {
  replicas: count,
  scaling,
  parallelism: fc.record({ tensor: count, data: count, dataLocal: count, expert: fc.boolean() }, optional),
  labels: words,
  annotations: words,
  template: podSpec,
  worker: podSpec,
  rolloutStrategy: fc.record({ maxSurge: fc.constantFrom(1, '25%'), maxUnavailable: count }, optional),
};
const poolV2 = fc.record(
  {
    selector: fc.record({ matchLabels: words }),
    targetPorts: fc.array(fc.record({ number: portNumber }), { minLength: 1, maxLength: 8 }),
    appProtocol: fc.constantFrom('http', 'kubernetes.io/h2c'),
    endpointPickerRef: fc.record(
      { group: word, kind: word, name: word, port: fc.record({ number: portNumber }), failureMode },
      { requiredKeys: ['name'] },
    ),
  },
  { requiredKeys: ['selector', 'targetPorts'] },
);
/** With what the API fills in, which is what the way back shows. */
const poolV1 = fc.record(
  {
    selector: words,
    targetPortNumber: portNumber,
    extensionRef: fc.record(
      { group: word, kind: fc.constantFrom('Service', 'Other'), name: word, portNumber, failureMode },
      { requiredKeys: ['kind', 'name', 'portNumber', 'failureMode'] },
    ),
  },
  { requiredKeys: ['selector', 'targetPortNumber'] },
);

/** Adapters are schemaless, so that fields of the other version and of nobody stand in them too. */
function adapters(isV1: boolean, depth: number): fc.Arbitrary<unknown[]> {
  const fields = {
    name: word,
    uri: word,
    criticality: isV1 ? fc.oneof(criticality, count) : fc.oneof(criticality, word, count),
    confidential: fc.constant({ enabled: true }),
    other: words,
  };
  const lora = fc.record({ adapters: depth > 0 ? adapters(isV1, depth - 1) : fc.constant([]) }, optional);
  return fc.array(fc.record({ ...fields, lora }, optional), { maxLength: 3 });
}

function specOf(isV1: boolean): fc.Arbitrary<unknown> {
  const lora = fc.record({ maxRank: count, adapters: adapters(isV1, 1) }, optional);
  const confidential = fc.record({ enabled: fc.boolean(), resourceId: word }, { requiredKeys: ['enabled'] });
  const model: Fields = { uri: word, name: word, lora, ...(isV1 ? { criticality } : { confidential }) };
  const workload: Fields = isV1 ? workloadFields : { ...workloadFields, kvCacheOffloading };
  const pool = fc.record({ spec: isV1 ? poolV1 : poolV2, ref: fc.record({ name: word }) }, optional);
  const scheduler = fc.record(
    { replicas: count, pool, labels: words, template: podSpec, config: fc.constant({ inline: { a: 1 } }) },
    optional,
  );
  const route = fc.record(
    { group: word, weight: count, http: fc.constant({ refs: [{ name: 'r' }] }) },
    optional,
  );
  return fc.record(
    {
      model: fc.record(model, optional),
      storageInitializer: fc.record({ enabled: fc.boolean() }),
      prefill: fc.record(workload, optional),
      router: fc.record({ route, scheduler, gateway: fc.constant({}), ingress: fc.constant({}) }, optional),
      tracing: fc.constant({}),
      baseRefs: fc.array(fc.record({ name: word }), { maxLength: 2 }),
      suspend: fc.boolean(),
      ...workload,
    },
    optional,
  );
}

function statusOf(isV1: boolean): fc.Arbitrary<unknown> {
  const more = isV1
    ? {}
    : {
        origin: fc.record({ group: word, kind: word, name: word }),
        models: fc.array(fc.record({ name: word })),
      };
  const address = fc.record({ url: word, name: word, CACerts: word, ...more }, optional);
  const router: Fields = { gateways: fc.array(fc.record({ name: word }), { maxLength: 1 }) };
  const fields = {
    url: word,
    observedGeneration: count,
    annotations: words,
    address,
    addresses: fc.array(address, { maxLength: 3 }),
    router: fc.record(isV1 ? router : { ...router, group: fc.record({ name: word }) }, optional),
  };
  const onlyV2 = {
    workloads: fc.record({ primary: fc.record({ name: word }) }),
    appliedConfigs: fc.array(fc.record({ name: word }), { maxLength: 2 }),
    referencedBy: fc.array(fc.record({ name: word }), { maxLength: 2 }),
  };
  return fc.record(isV1 ? fields : { ...fields, ...onlyV2 }, optional);
}

function objectOf(version: 'v1alpha1' | 'v1alpha2'): fc.Arbitrary<KubeObject> {
  const isV1 = version === 'v1alpha1';
  const own = fc.constantFrom({ a: 'b' }, { a: '', 'weir.dev/criticality': 'Critical' });
  const criticalities = fc.record(
    {
      'internal.serving.kserve.io/model-criticality': fc.oneof(criticality, word),
      'internal.serving.kserve.io/lora-criticalities': fc.constantFrom(
        '{"0":"Critical"}',
        '{"0":"Critical","0.1":"Normal","10":"Standard","2":"Sheddable"}',
        '{ "0": "Critical" }',
        '{}',
        'broken',
      ),
    },
    { ...optional },
  );
  const annotations = isV1 ? own : fc.tuple(own, criticalities).map(([a, b]) => ({ ...a, ...b }));
  return fc.record(
    {
      apiVersion: fc.constant(`serving.kserve.io/${version}`),
      kind: fc.constantFrom('LLMInferenceService', 'LLMInferenceServiceConfig'),
      metadata: fc.record({ name: word, annotations, labels: words }, { requiredKeys: ['name'] }),
      spec: specOf(isV1),
      status: statusOf(isV1),
    },
    { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
  ) as fc.Arbitrary<KubeObject>;
}

describe('an object survives the way', () => {
  test(
    'from v1alpha2 to v1alpha1 and back',
    () => {
      fc.assert(
        fc.property(objectOf('v1alpha2'), (value) => {
          const back = convert(convert(value, 'v1alpha1'), 'v1alpha2');
          if (!isEqual(back, value)) expect(back).toEqual(value);
        }),
        runs,
      );
    },
    patience,
  );

  test(
    'from v1alpha1 to v1alpha2 and back',
    () => {
      fc.assert(
        fc.property(objectOf('v1alpha1'), (value) => {
          const back = convert(convert(value, 'v1alpha2'), 'v1alpha1');
          if (!isEqual(back, value)) expect(back).toEqual(value);
        }),
        runs,
      );
    },
    patience,
  );
});

test('conversion leaves its argument alone', () => {
  fc.assert(
    fc.property(objectOf('v1alpha2'), (value) => {
      const before = structuredClone(value);
      convert(value, 'v1alpha1');
      expect(value).toEqual(before);
    }),
    { numRuns: 200 },
  );
});

test('v1alpha1 shows no field that it does not know', () => {
  const shown = convert(
    service({
      model: { uri: 'hf://a/b', confidential: { enabled: true } },
      kvCacheOffloading: { cpu: '1Gi' },
      prefill: { kvCacheOffloading: { cpu: '2Gi' } },
    }),
    'v1alpha1',
  );
  expect(shown).toMatchObject({ spec: { model: { uri: 'hf://a/b' }, prefill: {} } });
  expect(JSON.stringify(Reflect.get(shown, 'spec'))).not.toMatch(/confidential|kvCache/);
});

test('criticality goes into the annotations of KServe', () => {
  const model = { uri: 'x', criticality: 'Critical' };
  const lora = { adapters: [{ name: 'a' }, { name: 'b', criticality: 'Sheddable' }] };
  const converted = convert(service({ model: { ...model, lora } }, 'v1alpha1'), 'v1alpha2');
  expect(converted.metadata.annotations).toEqual({
    'internal.serving.kserve.io/model-criticality': 'Critical',
    'internal.serving.kserve.io/lora-criticalities': '{"1":"Sheddable"}',
  });
  expect(converted).toMatchObject({
    spec: { model: { lora: { adapters: [{ name: 'a' }, { name: 'b' }] } } },
  });
});

test('an older pool gets the defaults of its API', () => {
  const pool = { selector: { a: 'b' }, targetPortNumber: 8000, extensionRef: { name: 'epp' } };
  expect(poolOf(convert(pooled(pool, 'v1alpha1'), 'v1alpha2'))).toEqual({
    selector: { matchLabels: { a: 'b' } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: 'epp', kind: 'Service', failureMode: 'FailClose', port: { number: 9002 } },
  });
});

describe('what was changed as v1alpha1 wins over what the annotation carries', () => {
  const spec = {
    selector: { matchLabels: { a: 'b' } },
    targetPorts: [{ number: 1 }, { number: 2 }],
    appProtocol: 'kubernetes.io/h2c',
  };

  test('the port of a pool', () => {
    const shown = convert(pooled(spec), 'v1alpha1');
    Reflect.set(poolOf(shown) as object, 'targetPortNumber', 7);
    expect(poolOf(convert(shown, 'v1alpha2'))).toEqual({ ...spec, targetPorts: [{ number: 7 }] });
  });

  test('the selector of a pool, whose ports stay', () => {
    const shown = convert(pooled(spec), 'v1alpha1');
    Reflect.set(poolOf(shown) as object, 'selector', { c: 'd' });
    expect(poolOf(convert(shown, 'v1alpha2'))).toEqual({ ...spec, selector: { matchLabels: { c: 'd' } } });
  });

  test('other weights are not confidential, and replicas touch no cache', () => {
    const value = service({
      model: { uri: 'hf://a/b', confidential: { enabled: true } },
      kvCacheOffloading: { cpu: '1Gi' },
    });
    const shown = structuredClone(convert(value, 'v1alpha1')) as ReturnType<typeof service>;
    shown.spec.model = { uri: 'hf://c/d' };
    shown.spec.replicas = 2;
    expect(convert(shown, 'v1alpha2')).toMatchObject({ spec: { kvCacheOffloading: { cpu: '1Gi' } } });
    expect(convert(shown, 'v1alpha2')).toHaveProperty('spec.model', { uri: 'hf://c/d' });
  });
});

test('an unknown version and a spoilt annotation', () => {
  const value = pooled({ selector: { matchLabels: {} }, targetPorts: [{ number: 1 }] });
  expect(() => convert(value, 'v1')).toThrow('serving.kserve.io has no version v1');
  const old = convert(value, 'v1alpha1');
  for (const text of ['{not json', '[]', 'null', '{"pool":1,"status":[],"confidential":"x"}']) {
    old.metadata.annotations = { 'internal.weir.dev/v1alpha2-extras': text };
    expect(convert(old, 'v1alpha2')).toEqual(value);
  }
});

function service(spec: Record<string, unknown>, version = 'v1alpha2') {
  const metadata: KubeObject['metadata'] = { name: 'x' };
  return { apiVersion: `serving.kserve.io/${version}`, kind: 'LLMInferenceService', metadata, spec };
}

function pooled(spec: unknown, version = 'v1alpha2') {
  return service({ router: { scheduler: { pool: { spec } } } }, version);
}

function poolOf(object: KubeObject): unknown {
  return (
    object as ReturnType<typeof pooled> & { spec: { router: { scheduler: { pool: { spec: unknown } } } } }
  ).spec.router.scheduler.pool.spec;
}
