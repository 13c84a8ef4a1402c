import type { InferencePool } from '@weir/api/inference';
import type { Pod } from '@weir/api/workloads';
import type { Endpoint } from '../proxy/context.ts';

/** Ready pods of a pool, one endpoint for each of the pool's ports. Pure. */
export function poolMembers(pool: InferencePool, pods: readonly Pod[]): Endpoint[] {
  const selector = Object.entries(pool.spec.selector.matchLabels);
  const members: Endpoint[] = [];
  for (const pod of pods) {
    const ip = pod.status?.podIP;
    if (ip === undefined || pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) continue;
    if (!selector.every(([key, value]) => pod.metadata.labels?.[key] === value)) continue;
    for (const { number } of pool.spec.targetPorts) {
      const address = ip.includes(':') ? `[${ip}]:${number}` : `${ip}:${number}`;
      members.push({ address, podName: pod.metadata.name ?? null });
    }
  }
  return members;
}

function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}
