import type { KubeObject } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';

const defaultGraceSeconds = 30;
const endedPhases: readonly string[] = ['Succeeded', 'Failed'];

/**
 * Seconds that a pod gets to end. A pod that runs nowhere goes at once; one on a node stays until its kubelet deletes
 * it with a grace of 0.
 */
export function podGraceSeconds(object: KubeObject, asked: number | null): number {
  const pod = object as Pod;
  if (!pod.spec?.nodeName || endedPhases.includes(pod.status?.phase ?? '')) return 0;
  return asked ?? pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}
