import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldErrorText, type KubeObject } from '../../meta/index.ts';
import { convert } from '../conversion/index.ts';
import { reviewConfig, reviewService } from '../review.ts';
import { servingResources } from '../types.ts';
import { shapeErrors } from './shape.ts';

const pod = {
  containers: [
    { name: 'main', env: [{ name: 'A', value: 'x' }], resources: { limits: { 'nvidia.com/gpu': 8 } } },
  ],
  initContainers: [{ name: 'i', ports: [{ containerPort: 1, name: 'a' }] }],
};
const workload = {
  scaling: {
    maxReplicas: 4,
    wva: { keda: { advanced: { scalingModifiers: { formula: 'a' } } } },
    keda: { triggers: [] },
  },
  parallelism: { data: 16, dataLocal: 8, tensor: 1 },
  template: pod,
  worker: pod,
  kvCacheOffloading: {
    cpu: '4Gi',
    secondary: [{ fileSystem: { emptyDir: { size: 1 }, pvc: { ref: { name: 'x' } } } }],
  },
  rolloutStrategy: { maxSurge: '1%', maxUnavailable: 1 },
};
const full = {
  ...workload,
  prefill: workload,
  model: {
    uri: 'hf://a/b',
    confidential: { enabled: true, resourceId: 'x' },
    lora: { maxRank: 32, adapters: [{ name: 'a', uri: 'hf://a/b', lora: { adapters: [{ name: 'x' }] } }] },
  },
  router: {
    route: { group: 'g', weight: 1, http: { refs: [{ name: 'r' }], spec: { parentRefs: [{ name: 'x' }] } } },
    gateway: { refs: [{ name: 'g' }] },
    scheduler: {
      template: pod,
      config: { inline: { a: 1 }, ref: { name: 'x' } },
      pool: { ref: { name: 'x' }, spec: { selector: { matchLabels: {} }, targetPorts: [{ number: 1 }] } },
    },
  },
};

test('a value of another type is named with its path', () => {
  expect(shapeErrors(full)).toEqual([]);
  const broken = { ...full, replicas: '1', template: { containers: [null] }, model: { uri: 5 } };
  expect(shapeErrors(broken).map(fieldErrorText).sort()).toEqual([
    'spec.model.uri: Invalid value: "number": must be of type string',
    'spec.replicas: Invalid value: "string": must be of type integer',
    'spec.template.containers[0]: Invalid value: "null": must be of type object',
  ]);
});

/** The document with one place replaced. */
const mutated = fc
  .tuple(
    fc.nat(),
    fc.anything({ maxDepth: 1 }).filter((value) => typeof value !== 'bigint'),
  )
  .map(([place, junk]) => {
    const places: (() => void)[] = [];
    const spec = structuredClone(full);
    const collect = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of Object.keys(node)) {
        places.push(() => Reflect.set(node, key, junk));
        collect(Reflect.get(node, key));
      }
    };
    collect(spec);
    places[place % places.length]?.();
    return spec;
  });

test('no document makes conversion or validation fail', () => {
  fc.assert(
    fc.property(mutated, fc.constantFrom('v1alpha1', 'v1alpha2'), (spec, version) => {
      const object = {
        apiVersion: `serving.kserve.io/${version}`,
        kind: 'LLMInferenceService',
        metadata: { name: 'x' },
        spec,
      } as KubeObject;
      const request = { operation: 'UPDATE' as const, object, oldObject: object, dryRun: false };
      convert(object, version === 'v1alpha1' ? 'v1alpha2' : 'v1alpha1');
      reviewService({ ...request, kind: servingResources.services });
      reviewConfig({ ...request, kind: servingResources.configs });
    }),
    { numRuns: 3_000, seed: 7 },
  );
});
