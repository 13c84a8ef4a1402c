import type { Deployment, ReplicaSet } from '@weir/api/workloads';
import { desiredReplicasAnnotation, maxReplicasAnnotation } from './replica-sets.ts';
import { byAge, replicasOf } from './replicas.ts';
import { isRollingUpdate, maxSurgeOf } from './rolling-update.ts';

/** The Deployment's size changed since a running ReplicaSet was last scaled. */
export function isScalingEvent(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return all.some((set) => {
    const desired = set.metadata.annotations?.[desiredReplicasAnnotation];
    return replicasOf(set) > 0 && desired !== undefined && Number(desired) !== replicasOf(deployment);
  });
}

/**
 * Sizes after a change of the Deployment's size: the one active ReplicaSet takes it all; in the middle of a rolling
 * update every active one grows or shrinks in proportion, so that a broken rollout is not made worse.
 */
export function planScaling(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): Map<ReplicaSet, number> {
  const all = current === undefined ? [...old] : [current, ...old];
  const active = all.filter((set) => replicasOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? byAge(old).at(-1);
    return only === undefined ? new Map() : new Map([[only, replicasOf(deployment)]]);
  }
  if (current !== undefined && isSaturated(deployment, current)) {
    return new Map(active.filter((set) => set !== current).map((set) => [set, 0]));
  }
  return isRollingUpdate(deployment) ? planProportions(deployment, active) : new Map();
}

function planProportions(deployment: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const replicas = replicasOf(deployment);
  const allowed = replicas > 0 ? replicas + maxSurgeOf(deployment) : 0;
  const change = allowed - active.reduce((sum, set) => sum + replicasOf(set), 0);
  const sorted = bySize(active, change > 0 ? 'newest first' : 'oldest first');
  const sizes = new Map<ReplicaSet, number>();
  let done = 0;
  for (const set of sorted) {
    const share = change === 0 ? 0 : clampTowardsZero(fractionOf(deployment, set), change - done);
    sizes.set(set, replicasOf(set) + share);
    done += share;
  }
  // Rounding leaves a few over: the largest one takes them.
  const [largest] = sorted;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + change - done));
  return sizes;
}

/** By how much the set changes to keep its share of the whole. */
function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -replicasOf(set);
  const before =
    Number(set.metadata.annotations?.[maxReplicasAnnotation]) || deployment.status?.replicas || 1;
  return Math.round((replicasOf(set) * (replicas + maxSurgeOf(deployment))) / before) - replicasOf(set);
}

function clampTowardsZero(share: number, rest: number): number {
  return rest > 0 ? Math.max(0, Math.min(share, rest)) : Math.min(0, Math.max(share, rest));
}

/** The rollout is over: the new ReplicaSet has its full size and all of it works. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const replicas = replicasOf(deployment);
  return (
    replicasOf(set) === replicas &&
    Number(set.metadata.annotations?.[desiredReplicasAnnotation]) === replicas &&
    (set.status?.availableReplicas ?? 0) === replicas
  );
}

function bySize(sets: readonly ReplicaSet[], ties: 'newest first' | 'oldest first'): ReplicaSet[] {
  const oldestFirst = byAge(sets);
  const ordered = ties === 'newest first' ? oldestFirst.reverse() : oldestFirst;
  return ordered.sort((a, b) => replicasOf(b) - replicasOf(a));
}
