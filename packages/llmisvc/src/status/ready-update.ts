import type { Deployment, LeaderWorkerSet } from '@weir/api/workloads';

/**
 * Whether some ready replica is certainly of the newest template: more are ready than there are old ones. The
 * counters of an older generation tell nothing.
 */
export function hasReadyUpdate(
  live: Deployment | LeaderWorkerSet | undefined,
  readyReplicas: number,
): boolean {
  const {
    observedGeneration,
    replicas = 0,
    updatedReplicas = 0,
  } = (live?.status ?? {}) as Partial<
    NonNullable<Deployment['status']> & NonNullable<LeaderWorkerSet['status']>
  >;
  if (observedGeneration !== undefined && observedGeneration < (live?.metadata.generation ?? 0)) return false;
  return readyReplicas > replicas - updatedReplicas;
}
