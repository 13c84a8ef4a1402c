import type { HorizontalPodAutoscaler, ScaledObject } from '@weir/api/autoscaling';
import { expect, test } from 'vitest';
import { appliedFor, inputFor, problemsOf } from './fixtures.ts';

const byKeda = { scaling: { maxReplicas: 4, wva: { keda: {} } } };
const settings = (prometheus: object) => ({
  platform: { 'autoscaling-wva-controller-config': JSON.stringify({ prometheus }) },
});

test('KEDA needs to know where Prometheus is, and who it is there', () => {
  expect(problemsOf(inputFor(byKeda))).toEqual([
    'ScalingReady ReconcileScalingError: scaling by KEDA needs the address of Prometheus — set prometheus.url in key ' +
      'autoscaling-wva-controller-config of ConfigMap inferenceservice-config',
  ]);
  const half = settings({ url: 'http://p', authModes: 'bearer' });
  expect(problemsOf(inputFor(byKeda, half))[0]).toContain('belong together — set both or neither');
  const auth = { authModes: 'bearer', triggerAuthName: 't', triggerAuthKind: 'ClusterTriggerAuthentication' };
  const whole = inputFor(byKeda, settings({ url: 'https://p', tlsInsecureSkipVerify: true, ...auth }));
  const scaledObject = appliedFor(whole).get('ScaledObject hello-kserve-keda') as ScaledObject;
  expect(scaledObject.spec.triggers[0]).toMatchObject({
    metadata: { serverAddress: 'https://p', unsafeSsl: 'true', authModes: 'bearer' },
    authenticationRef: { name: 't', kind: 'ClusterTriggerAuthentication' },
  });
});

test('groups of pods are scaled as groups', () => {
  const worker = { containers: [] };
  const spec = { worker, parallelism: { pipeline: 2 }, scaling: { maxReplicas: 4, wva: { hpa: {} } } };
  const hpa = appliedFor(inputFor(spec)).get(
    'HorizontalPodAutoscaler hello-kserve-hpa',
  ) as HorizontalPodAutoscaler;
  expect(hpa.spec.scaleTargetRef).toEqual({
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    name: 'hello-kserve-mn',
  });
});

test('triggers of the user are KEDA business alone', () => {
  const triggers = [{ type: 'cron', metadata: { timezone: 'UTC' } }];
  const spec = { scaling: { minReplicas: 1, maxReplicas: 4, keda: { triggers, idleReplicaCount: 0 } } };
  const object = appliedFor(inputFor(spec)).get('ScaledObject hello-kserve-keda') as ScaledObject;
  expect(object.metadata).not.toHaveProperty('annotations');
  expect(object.spec).toMatchObject({
    minReplicaCount: 1,
    maxReplicaCount: 4,
    idleReplicaCount: 0,
    triggers,
  });
});
