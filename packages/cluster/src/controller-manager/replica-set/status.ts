import { matchesLabels } from '@weir/api/meta';
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '@weir/api/workloads';
import { timeText } from '../context.ts';
import { isPodAvailable, isPodReady } from '../pod-state.ts';

export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** What the ReplicaSet should say about its active pods. */
export function computeReplicaSetStatus(
  replicaSet: ReplicaSet,
  active: readonly Pod[],
  failure: ReplicaFailure | null,
  now: Date,
): ReplicaSetStatus {
  const templateLabels = replicaSet.spec?.template?.metadata?.labels ?? {};
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const conditions = computeConditions(replicaSet.status?.conditions ?? [], failure, now);
  const counts: [keyof ReplicaSetStatus, number][] = [
    ['fullyLabeledReplicas', count(active, (pod) => matchesLabels(templateLabels, pod.metadata.labels))],
    ['readyReplicas', count(active, isPodReady)],
    ['availableReplicas', count(active, (pod) => isPodAvailable(pod, minReadySeconds, now))],
    ['observedGeneration', replicaSet.metadata.generation ?? 0],
  ];
  return {
    replicas: active.length,
    // Zeroes are left out, as the API server's own encoding does; so equal states have equal JSON.
    ...Object.fromEntries(counts.filter(([, value]) => value !== 0)),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** How long until a ready pod becomes available by the clock alone; null when none does. */
export function untilAvailableMs(replicaSet: ReplicaSet, active: readonly Pod[], now: Date): number | null {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const isWaiting = active.some((pod) => isPodReady(pod) && !isPodAvailable(pod, minReadySeconds, now));
  return isWaiting ? minReadySeconds * 1000 : null;
}

function computeConditions(
  current: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | null,
  now: Date,
): ReplicaSetCondition[] {
  const others = current.filter((condition) => condition.type !== 'ReplicaFailure');
  if (failure === null) return others;
  const previous = current.find((condition) => condition.type === 'ReplicaFailure');
  if (previous?.status === 'True' && previous.reason === failure.reason) return [...others, previous];
  return [
    ...others,
    { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timeText(now) },
  ];
}

function count<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length;
}
