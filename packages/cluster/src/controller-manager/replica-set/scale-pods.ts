import { apiVersionOf, keyOf, keyText, resources } from '@weir/api/meta';
import type { Pod, ReplicaSet } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { isKubeError } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import { controllerReference } from '../ownership.ts';
import { choosePodsToDelete } from './deletion-order.ts';
import type { Expectations } from './expectations.ts';
import type { ReplicaFailure } from './status.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 500;

/** Creates or deletes pods until their number is right. Gives the failure that stopped it, if one did. */
export async function scalePods(
  context: ControllerContext,
  expectations: Expectations,
  replicaSet: ReplicaSet,
  active: readonly Pod[],
): Promise<{ readonly failure: ReplicaFailure; readonly error: Error } | null> {
  const surplus = active.length - (replicaSet.spec?.replicas ?? 1);
  if (surplus < 0) return createPods(context, expectations, replicaSet, Math.min(burst, -surplus));
  if (surplus > 0) {
    const victims = choosePodsToDelete(active, Math.min(burst, surplus));
    return deletePods(context, expectations, replicaSet, victims);
  }
  return null;
}

async function createPods(
  context: ControllerContext,
  expectations: Expectations,
  replicaSet: ReplicaSet,
  count: number,
): Promise<{ failure: ReplicaFailure; error: Error } | null> {
  const key = keyText(keyOf(replicaSet));
  expectations.expectCreations(key, count);
  // Slow start: when the first pod is refused (a quota, a bad template), 499 more need not be tried.
  let created = 0;
  for (let batch = 1; created < count; batch = Math.min(batch * 2, count - created)) {
    const attempts = Array.from({ length: batch }, () => createPod(context, replicaSet));
    const results = await Promise.allSettled(attempts);
    const refused = results.filter((result) => result.status === 'rejected');
    created += batch;
    if (refused.length === 0) continue;
    expectations.creationObserved(key, refused.length + (count - created));
    const error = toError(refused[0]?.reason);
    await context.recorder.record(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    return { failure: { reason: 'FailedCreate', message: error.message }, error };
  }
  return null;
}

async function createPod(context: ControllerContext, replicaSet: ReplicaSet): Promise<void> {
  const template = replicaSet.spec?.template;
  const { name = '', namespace = '' } = replicaSet.metadata;
  const pod: Pod = {
    apiVersion: apiVersionOf(resources.pods),
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      ...(template?.metadata?.annotations === undefined
        ? {}
        : { annotations: template.metadata.annotations }),
      ...(template?.metadata?.finalizers === undefined ? {} : { finalizers: template.metadata.finalizers }),
      ownerReferences: [controllerReference(resources.replicaSets, replicaSet)],
    },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  };
  const created = await context.client.create(resources.pods, pod);
  await context.recorder.record(
    replicaSet,
    'Normal',
    'SuccessfulCreate',
    `Created pod: ${created.metadata.name}`,
  );
}

async function deletePods(
  context: ControllerContext,
  expectations: Expectations,
  replicaSet: ReplicaSet,
  victims: readonly Pod[],
): Promise<{ failure: ReplicaFailure; error: Error } | null> {
  const key = keyText(keyOf(replicaSet));
  expectations.expectDeletions(
    key,
    victims.map((pod) => pod.metadata.uid ?? ''),
  );
  const results = await Promise.allSettled(victims.map((pod) => deletePod(context, replicaSet, pod)));
  let failed: Error | undefined;
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    expectations.deletionObserved(key, victims[i]?.metadata.uid ?? '');
    failed ??= toError(result.reason);
  }
  if (failed === undefined) return null;
  await context.recorder.record(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${failed.message}`);
  return { failure: { reason: 'FailedDelete', message: failed.message }, error: failed };
}

async function deletePod(context: ControllerContext, replicaSet: ReplicaSet, pod: Pod): Promise<void> {
  const { uid } = pod.metadata;
  try {
    await context.client.delete(resources.pods, keyOf(pod), uid === undefined ? {} : { uid });
  } catch (error) {
    // Another pod of the same name: the one that we meant is gone already.
    if (!isKubeError(error, 'Conflict')) throw error;
  }
  const message = `Deleted pod: ${pod.metadata.name}`;
  await context.recorder.record(replicaSet, 'Normal', 'SuccessfulDelete', message);
}
