import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../meta/index.ts';
import { convert } from './conversion.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const words = fc.dictionary(word, fc.string(), { noNullPrototype: true });
const port = fc.record({ number: fc.integer({ min: 1, max: 65535 }) });
const poolSpec = fc.record(
  {
    selector: fc.record({ matchLabels: words }),
    targetPorts: fc.array(port, { minLength: 1, maxLength: 8 }),
    appProtocol: fc.constantFrom('http', 'kubernetes.io/h2c'),
    endpointPickerRef: fc.record(
      { group: word, kind: word, name: word, port, failureMode: fc.constantFrom('FailOpen', 'FailClose') },
      { requiredKeys: ['name'] },
    ),
  },
  { requiredKeys: ['selector', 'targetPorts'] },
);
const optional = { requiredKeys: [] };
const spec = fc.record(
  {
    model: fc.record({ uri: fc.string(), name: fc.string() }, optional),
    replicas: fc.nat(),
    labels: words,
    template: fc.record({ serviceAccountName: word }, optional),
    router: fc.record(
      {
        route: fc.constant({}),
        scheduler: fc.record(
          { replicas: fc.nat(), pool: fc.record({ spec: poolSpec }), labels: words },
          optional,
        ),
      },
      optional,
    ),
    baseRefs: fc.array(fc.record({ name: word })),
  },
  optional,
);
const object = fc.record(
  {
    apiVersion: fc.constant('serving.kserve.io/v1alpha2'),
    kind: fc.constantFrom('LLMInferenceService', 'LLMInferenceServiceConfig'),
    metadata: fc.record(
      { name: word, annotations: fc.dictionary(word, fc.string(), { minKeys: 1, noNullPrototype: true }) },
      { requiredKeys: ['name'] },
    ),
    spec,
  },
  { requiredKeys: ['apiVersion', 'kind', 'metadata', 'spec'] },
);

test('spec and metadata survive the way to v1alpha1 and back', () => {
  fc.assert(
    fc.property(object, (value) => {
      expect(convert(convert(value as KubeObject, 'v1alpha1'), 'v1alpha2')).toEqual(value);
    }),
  );
});

test('conversion leaves its argument alone', () => {
  fc.assert(
    fc.property(object, (value) => {
      const before = structuredClone(value);
      convert(value as KubeObject, 'v1alpha1');
      expect(value).toEqual(before);
    }),
  );
});

test('a pool that was changed as v1alpha1 wins over what the annotation carries', () => {
  const shown = convert(
    pooled({ selector: { matchLabels: { a: 'b' } }, targetPorts: [{ number: 1 }, { number: 2 }] }),
    'v1alpha1',
  );
  const changed = structuredClone(shown) as ReturnType<typeof pooled>;
  (changed.spec.router.scheduler.pool.spec as { targetPortNumber: number }).targetPortNumber = 7;
  expect(convert(changed, 'v1alpha2')).toEqual(
    pooled({ selector: { matchLabels: { a: 'b' } }, targetPorts: [{ number: 7 }] }),
  );
});

test('the status fields that v1alpha1 lacks are left out', () => {
  const value = {
    ...pooled({ selector: { matchLabels: {} }, targetPorts: [{ number: 1 }] }),
    status: {
      url: 'http://x',
      router: {},
      workloads: {},
      appliedConfigs: [],
      addresses: [{ url: 'http://x', origin: { kind: 'Gateway', name: 'g' }, models: [{ name: 'm' }] }],
    },
  };
  expect((convert(value, 'v1alpha1') as typeof value).status).toEqual({
    url: 'http://x',
    addresses: [{ url: 'http://x' }],
  });
});

test('an unknown version and a spoilt annotation', () => {
  const value = pooled({ selector: { matchLabels: {} }, targetPorts: [{ number: 1 }] });
  expect(() => convert(value, 'v1')).toThrow('serving.kserve.io has no version v1');
  const old = convert(value, 'v1alpha1');
  old.metadata.annotations = { 'internal.weir.dev/v1alpha2-extras': '{not json' };
  expect(convert(old, 'v1alpha2')).toEqual(value);
});

function pooled(poolSpecValue: unknown) {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'x' } as KubeObject['metadata'],
    spec: { router: { scheduler: { pool: { spec: poolSpecValue } } } },
  };
}
