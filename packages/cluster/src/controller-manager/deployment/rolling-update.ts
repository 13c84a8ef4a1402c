import type { Deployment, IntOrString, ReplicaSet } from '@weir/api/workloads';
import { byAge, replicasOf } from './replicas.ts';

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

export function maxSurgeOf(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? resolveBounds(deployment).surge : 0;
}

export function maxUnavailableOf(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(replicas, resolveBounds(deployment).unavailable);
}

/** Size of the new ReplicaSet now: as large as the surge allows. */
export function newReplicaCount(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return replicas;
  const size = current === undefined ? 0 : replicasOf(current);
  const room = replicas + maxSurgeOf(deployment) - total(all);
  return room <= 0 ? size : size + Math.min(room, Math.max(0, replicas - size));
}

/**
 * New sizes of the old ReplicaSets, only those that change: pods that do not work anyway go first, then as many
 * working ones as availability allows.
 */
export function planOldScaleDown(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  current: ReplicaSet,
): Map<ReplicaSet, number> {
  const sizes = new Map(byAge(old).map((set) => [set, replicasOf(set)]));
  const minAvailable = replicasOf(deployment) - maxUnavailableOf(deployment);
  const newUnavailable = Math.max(0, replicasOf(current) - available(current));
  const removable = total([...old, current]) - minAvailable - newUnavailable;

  let budget = removable;
  for (const [set, size] of sizes) {
    const broken = Math.min(Math.max(0, budget), Math.max(0, size - available(set)));
    sizes.set(set, size - broken);
    budget -= broken;
  }
  let spare = [...old, current].reduce((sum, set) => sum + available(set), 0) - minAvailable;
  for (const [set, size] of sizes) {
    const working = removable <= 0 ? 0 : Math.min(Math.max(0, spare), size);
    sizes.set(set, size - working);
    spare -= working;
  }
  return new Map([...sizes].filter(([set, size]) => size !== replicasOf(set)));
}

/** Percentages count against the replicas: surge is rounded up, unavailable down, and both may not be zero. */
function resolveBounds(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = resolve(maxSurge, replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable, replicas, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function resolve(value: IntOrString, replicas: number, round: (value: number) => number): number {
  if (typeof value === 'number') return Math.max(0, value);
  // Percent first, then hundredths: in floating point 0.07 * 100 is more than 7.
  return round((Number.parseInt(value, 10) * replicas) / 100);
}

function total(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

function available(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}
