import type { Pod } from '@weir/api/workloads';

/** Pods that were given a node. Beside an API server without kubelets there are none, and pods tell nothing. */
export function placedPods(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ spec }) => spec?.nodeName !== undefined && spec.nodeName !== '');
}
