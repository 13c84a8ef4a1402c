import type { Deployment, DeploymentSpec, ReplicaSet } from '@weir/api/workloads';
import { desiredReplicasAnnotation, maxReplicasAnnotation } from './replica-sets.ts';

/** Small objects for the tests of this folder. */
export function deploymentFixture(spec: Partial<DeploymentSpec>, status?: Deployment['status']): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'ns', uid: 'd', generation: 1 },
    spec: { selector: { matchLabels: { app: 'web' } }, template: {}, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

export function replicaSetFixture(
  name: string,
  replicas: number,
  options: { readonly available?: number; readonly desired?: number; readonly max?: number } = {},
): ReplicaSet {
  const { available = replicas, desired = replicas, max = desired } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'ns',
      uid: name,
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: { [desiredReplicasAnnotation]: String(desired), [maxReplicasAnnotation]: String(max) },
    },
    spec: { replicas, selector: {} },
    status: { replicas, availableReplicas: available },
  };
}
