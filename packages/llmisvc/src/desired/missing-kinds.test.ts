import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import {
  inferenceModels,
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import type { ResourceKind } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { appliedFor, inputFor, problemsOf } from './fixtures.ts';
import { computeDesired } from './index.ts';

const scheduler = {
  template: {
    containers: [
      {
        name: 'main',
        ports: ['grpc', 'grpc-health', 'metrics'].map((name, i) => ({ name, containerPort: 9000 + i })),
      },
    ],
  },
  pool: { spec: { selector: { matchLabels: { a: 'b' } }, targetPorts: [{ number: 8000 }] } },
};

function without(spec: LLMInferenceServiceSpec, ...missingKinds: ResourceKind[]) {
  return inputFor(spec, {
    observed: { missingKinds },
    metadata: { annotations: { 'weir.dev/criticality': 'Critical' } },
  });
}

test('a part whose kind is not served says so, and the others are written', () => {
  const spec = { router: { route: { http: { spec: {} } }, scheduler } };
  const input = without(spec, gatewayResources.httpRoutes, inferencePoolV1, inferencePoolV1alpha2);
  const hint = 'install the CRD; nothing has to be restarted';
  expect(problemsOf(input)).toEqual([
    `InferencePoolReady CRDNotFound: the API server does not serve inferencepools.inference.networking.k8s.io — ${hint}`,
    `HTTPRoutesReady CRDNotFound: the API server does not serve httproutes.gateway.networking.k8s.io — ${hint}`,
  ]);
  expect([...appliedFor(input).keys()]).toContain('Deployment hello-kserve-router-scheduler');
});

test('a missing kind is told before what follows from it', () => {
  const parentRefs = [{ name: 'gone' }];
  const input = without(
    { router: { route: { http: { spec: { parentRefs } } } } },
    gatewayResources.httpRoutes,
  );
  expect(problemsOf(input)[0]).toMatch(/^HTTPRoutesReady CRDNotFound: /);
});

test('references to objects of a kind that is not served name the kind', () => {
  const router = { gateway: { refs: [{ name: 'front' }] }, route: { http: { refs: [{ name: 'mine' }] } } };
  const input = without({ router }, gatewayResources.gateways, gatewayResources.httpRoutes);
  expect(problemsOf(input)).toEqual([
    expect.stringMatching(/^GatewaysReady RefsInvalid: .* gateways\.gateway\.networking\.k8s\.io/),
    expect.stringMatching(/^HTTPRoutesReady RefsInvalid: .* httproutes\.gateway\.networking\.k8s\.io/),
  ]);
});

test('a scaler that cannot be made has its own reason', () => {
  const spec = { scaling: { maxReplicas: 2, keda: { triggers: [{ type: 'cron', metadata: {} }] } } };
  const [problem] = problemsOf(without(spec, autoscalingResources.scaledObjects));
  expect(problem).toMatch(/^ScalingReady ScalingCRDNotFound: .*scaledobjects\.keda\.sh/);
});

test('one generation of pools is enough', () => {
  const only = without({ router: { scheduler } }, inferencePoolV1);
  expect(appliedFor(only).get('InferencePool hello-inference-pool')?.apiVersion).toBe(
    'inference.networking.x-k8s.io/v1alpha2',
  );
  expect(problemsOf(only)).toEqual([]);
});

test('objectives go where their kind is; without it requests are served in order, with a word', () => {
  const spec = { router: { scheduler } };
  const moved = without(spec, inferenceObjectives, inferenceModels);
  expect(appliedFor(moved).get('InferenceObjective hello-objective')).toMatchObject({
    apiVersion: 'inference.networking.x-k8s.io/v1alpha2',
    spec: { priority: 100, poolRef: { name: 'hello-inference-pool' } },
  });
  const none = without(spec, inferenceObjectives, inferenceObjectivesX, inferenceModels);
  expect(problemsOf(none)).toEqual([]);
  expect(
    computeDesired(none).parts.flatMap(({ warnings = [] }) => warnings.map(({ reason }) => reason)),
  ).toEqual(['CRDNotFound']);
});

test('an objective that somebody took over is left as it is', () => {
  const metadata = {
    name: 'hello-objective',
    namespace: 'demo',
    annotations: { 'weir.dev/unmanaged': 'true' },
  };
  const children = [{ kind: inferenceObjectives, object: { apiVersion: '', kind: '', metadata } }];
  const input = without({ router: { scheduler } });
  const desired = computeDesired({ ...input, observed: { ...input.observed, children } });
  expect(desired.remove).toEqual([]);
  const kinds = desired.parts.flatMap(({ apply }) => apply.map(({ object }) => object.kind));
  expect(kinds).not.toContain('InferenceObjective');
});
