import { componentLabel } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import type { Workload } from '../desired/index.ts';

/** Written by the controllers of Deployments and of LeaderWorkerSets: what pods of one template have in common. */
const templateLabels = ['pod-template-hash', 'leaderworkerset.sigs.k8s.io/template-revision-hash'];

/** Names of the pods that were made of an earlier template than the newest of their workload. */
export function formerPods(pods: readonly Pod[], workloads: readonly Workload[]): string[] {
  return workloads.flatMap(({ components }) => {
    const own = pods.filter(({ metadata }) =>
      components.some((one) => one === metadata.labels?.[componentLabel]),
    );
    const newest = own.reduce<Pod | undefined>(
      (latest, pod) => (latest === undefined || createdAt(pod) > createdAt(latest) ? pod : latest),
      undefined,
    );
    if (newest === undefined) return [];
    const current = templateOf(newest);
    return own
      .filter((pod) => templateOf(pod) !== current && createdAt(pod) < createdAt(newest))
      .map(({ metadata }) => metadata.name ?? '');
  });
}

function createdAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
}

function templateOf({ metadata }: Pod): string | undefined {
  return templateLabels.map((label) => metadata.labels?.[label]).find((hash) => hash !== undefined);
}
