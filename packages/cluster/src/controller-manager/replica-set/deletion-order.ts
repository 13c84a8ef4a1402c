import type { Pod } from '@weir/api/workloads';
import { isPodReady, readySinceMs } from '../pod-state.ts';

/** Written by users: pods with a lower cost are deleted first. Default 0. */
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The `count` pods whose loss hurts least, as ReplicaSets choose them: not assigned, pending, not ready, cheap by
 * annotation, on the most crowded node, ready for the shortest time, most restarts, newest.
 */
export function choosePodsToDelete(pods: readonly Pod[], count: number): Pod[] {
  const crowd = new Map<string, number>();
  for (const pod of pods) crowd.set(nodeOf(pod), (crowd.get(nodeOf(pod)) ?? 0) + 1);
  const keys = new Map(pods.map((pod) => [pod, sortKey(pod, crowd.get(nodeOf(pod)) ?? 0)]));
  return [...pods]
    .sort((a, b) => compare(keys.get(a) ?? [], keys.get(b) ?? []) || byName(a, b))
    .slice(0, Math.max(0, count));
}

/** Smaller sorts first, that is, is deleted first. */
function sortKey(pod: Pod, podsOnNode: number): number[] {
  return [
    nodeOf(pod) === '' ? 0 : 1,
    phaseRank[pod.status?.phase ?? 'Pending'] ?? 0,
    isPodReady(pod) ? 1 : 0,
    deletionCost(pod),
    -podsOnNode,
    -(readySinceMs(pod) ?? 0),
    -restarts(pod),
    -(Date.parse(pod.metadata.creationTimestamp ?? '') || 0),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostAnnotation] ?? '';
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? '';
}

function byName(a: Pod, b: Pod): number {
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
