import type { Pod } from '@weir/api/workloads';

/** Ended for good: Succeeded or Failed. */
export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts as a replica: neither ended nor on its way out. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isPodReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** When the pod became ready, in milliseconds since the epoch; null while it is not. */
export function readySinceMs(pod: Pod): number | null {
  const condition = readyCondition(pod);
  if (condition?.status !== 'True') return null;
  return condition.lastTransitionTime === undefined ? 0 : Date.parse(condition.lastTransitionTime);
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Date): boolean {
  const since = readySinceMs(pod);
  return since !== null && (minReadySeconds === 0 || since + minReadySeconds * 1000 <= now.getTime());
}

function readyCondition(pod: Pod): { status: string; lastTransitionTime?: string } | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === 'Ready');
}
