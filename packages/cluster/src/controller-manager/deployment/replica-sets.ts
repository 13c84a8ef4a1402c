import { apiVersionOf, resources } from '@weir/api/meta';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '@weir/api/workloads';
import { canonicalJson, shortHash } from '@weir/core/hash';
import { controllerReference } from '../ownership.ts';
import { byAge, replicasOf } from './replicas.ts';
import { maxSurgeOf } from './rolling-update.ts';

/** Label of ReplicaSets and their pods: which pod template they were made from. */
const podTemplateHashLabel = 'pod-template-hash';
/** Annotation of Deployments and ReplicaSets, written by the Deployment controller: number of the rollout. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
/** Annotations of ReplicaSets: the Deployment's size when they were last scaled; proportional scaling reads them. */
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

const ownAnnotations = new Set([
  revisionAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deployment.kubernetes.io/revision-history',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/** The oldest ReplicaSet with the Deployment's own pod template. */
export function findNewReplicaSet(
  deployment: Deployment,
  all: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const wanted = templateText(deployment.spec?.template);
  return byAge(all).find((set) => templateText(set.spec?.template) === wanted);
}

export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** The ReplicaSet for the current template. Its name follows from the template, so that it cannot be made twice. */
export function buildReplicaSet(deployment: Deployment, revision: number, replicas: number): ReplicaSet {
  const template = deployment.spec?.template ?? {};
  const hash = shortHash([template, deployment.status?.collisionCount ?? 0]);
  const labels = { ...template.metadata?.labels, [podTemplateHashLabel]: hash };
  const selector = deployment.spec?.selector ?? {};
  const { namespace, name = '' } = deployment.metadata;
  return {
    apiVersion: apiVersionOf(resources.replicaSets),
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: replicaSetAnnotations(deployment, undefined, revision),
      ownerReferences: [controllerReference(resources.deployments, deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec?.minReadySeconds === undefined
        ? {}
        : { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Annotations of the new ReplicaSet: the Deployment's own ones, its size, and the revision (which never goes back). */
export function replicaSetAnnotations(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  revision: number,
): Record<string, string> {
  const annotations: Record<string, string> = { ...current?.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!ownAnnotations.has(key)) annotations[key] = value;
  }
  const previous = current === undefined ? 0 : revisionOf(current);
  annotations[revisionAnnotation] = String(Math.max(previous, revision));
  return { ...annotations, ...sizeAnnotations(deployment) };
}

export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = replicasOf(deployment);
  return {
    [desiredReplicasAnnotation]: String(replicas),
    [maxReplicasAnnotation]: String(replicas + maxSurgeOf(deployment)),
  };
}

/** Old ReplicaSets beyond the history limit that nothing runs under any more, oldest first. */
export function surplusHistory(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const idle = old.filter((set) => set.metadata.deletionTimestamp === undefined);
  const sorted = [...idle].sort((a, b) => revisionOf(a) - revisionOf(b));
  return sorted.slice(0, Math.max(0, sorted.length - limit)).filter(isIdle);
}

function isIdle(set: ReplicaSet): boolean {
  return (
    replicasOf(set) === 0 &&
    (set.status?.replicas ?? 0) === 0 &&
    (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0)
  );
}

function templateText(template: PodTemplateSpec = {}): string {
  const { [podTemplateHashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return canonicalJson({ ...template, metadata: { ...template.metadata, labels } });
}
