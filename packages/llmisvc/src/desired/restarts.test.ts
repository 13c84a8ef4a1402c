import { resources } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Secret } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { podsOf } from '../rollout/pods-of.ts';
import { childObject, inputFor } from './fixtures.ts';
import { computeDesired, type DesiredInput } from './index.ts';

const container = { containers: [{ name: 'main', image: 'engine' }] };
const picker = {
  containers: [
    {
      name: 'main',
      image: 'epp',
      ports: ['grpc', 'grpc-health', 'metrics'].map((name, index) => ({ name, containerPort: 9000 + index })),
    },
    { name: 'tokenizer', image: 'tokenizer' },
  ],
};
const router = { route: {}, scheduler: { template: picker, pool: { spec: {} } } };
const specs: Readonly<Record<string, LLMInferenceServiceSpec>> = {
  single: { router },
  split: { router, prefill: { template: container } },
  groups: { router, parallelism: { data: 4, dataLocal: 2 }, worker: container },
};

/** What every workload's pods are made of. */
function podsOfAll(input: DesiredInput): string {
  const children = computeDesired(input).parts.flatMap((part) => part.apply);
  const pods = children.flatMap(({ kind, object }) => {
    const template = podsOf(kind, object);
    return template === undefined ? [] : [[object.metadata.name, template]];
  });
  expect(pods.length).toBeGreaterThan(1);
  return canonicalJson(pods);
}

const text = fc.string({ maxLength: 12 });
const world = fc.record({
  certificate: fc.record({ 'tls.crt': text, 'tls.key': text, 'ca.crt': text }),
  expiration: text,
  generation: fc.nat(),
  resourceVersion: text,
  annotations: fc.dictionary(fc.constantFrom('force-reconcile', 'weir.dev/spare-check', 'note'), text),
  managedBy: text,
  message: text,
  kubernetesMinor: fc.integer({ min: 28, max: 40 }),
  available: fc.nat({ max: 5 }),
});

test.each(Object.keys(specs))('%s: nothing but what pods are made of restarts them', (name) => {
  const spec = specs[name] ?? {};
  const calm = podsOfAll(inputFor(spec));
  fc.assert(
    fc.property(world, (given) => {
      const metadata = { generation: given.generation, resourceVersion: given.resourceVersion };
      const secret: Secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          namespace: 'demo',
          name: 'hello-kserve-self-signed-certs',
          annotations: { 'certificates.kserve.io/expiration': given.expiration },
        },
        data: given.certificate,
      };
      const deployment = childObject(resources.deployments, 'hello-kserve', {
        status: { availableReplicas: given.available, observedGeneration: given.generation },
      });
      const input = inputFor(spec, {
        metadata: {
          name: 'hello',
          namespace: 'demo',
          uid: 'u1',
          ...metadata,
          annotations: given.annotations,
          managedFields: [{ manager: given.managedBy, operation: 'Apply' }],
        },
        observed: {
          children: [{ kind: resources.secrets, object: secret }, deployment],
          secrets: [secret],
        },
      });
      const condition = { type: 'Ready', status: 'False' as const, message: given.message };
      const service = { ...input.service, status: { replicas: '0/1', conditions: [condition] } };
      const platform = { ...input.platform, kubernetesMinor: given.kubernetesMinor };
      expect(podsOfAll({ ...input, service, platform })).toBe(calm);
    }),
    { numRuns: 50 },
  );
});
