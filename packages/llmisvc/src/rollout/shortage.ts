import { matchesSelector, parseQuantity } from '@weir/api/meta';
import type { Deployment, Pod, PodSpec } from '@weir/api/workloads';

/** Pods of a new revision find no room while those of the old one hold theirs. */
export interface Shortage {
  /** What lacks, such as `nvidia.com/gpu`. */
  readonly resources: readonly string[];
  /** What Kubernetes says of it. */
  readonly message: string;
  /** What the pod that ends first would free is not enough for the new one. */
  readonly tooLarge: readonly string[];
}

/** What a rollout with surge waits for in vain, or null. Seen in what the scheduler and the quota say of real pods. */
export function shortageOf(live: Deployment, pods: readonly Pod[]): Shortage | null {
  const own = pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      matchesSelector(live.spec?.selector ?? {}, metadata.labels ?? {}),
  );
  const running = own.filter(
    ({ spec, status }) => spec?.nodeName !== undefined && !isFinished(status?.phase),
  );
  return unplacedPod(own, running) ?? refusedPod(live, running);
}

function isFinished(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Of two revisions the one that has no node yet; within one revision it is a matter of scale, not of a rollout. */
function unplacedPod(own: readonly Pod[], running: readonly Pod[]): Shortage | null {
  for (const pod of own) {
    const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (pod.spec?.nodeName !== undefined || scheduled?.status !== 'False') continue;
    const text = scheduled.message ?? '';
    const resources = [
      ...new Set([...text.matchAll(/Insufficient ([\w./-]*\w)/g)].map(([, name = '']) => name)),
    ];
    const replaced = running.find((other) => revisionOf(other) !== revisionOf(pod));
    if (resources.length === 0 || replaced === undefined) continue;
    const message = `pod ${pod.metadata.name} waits for a node: ${text}`;
    return { resources, message, tooLarge: larger(resources, pod.spec, replaced.spec) };
  }
  return null;
}

/** A quota refuses the pod: there is none to look at. */
function refusedPod({ spec, status }: Deployment, running: readonly Pod[]): Shortage | null {
  const failure = status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const isRolling = (status?.replicas ?? 0) > (status?.updatedReplicas ?? 0);
  const [replaced] = [...running].sort((a, b) => age(a).localeCompare(age(b)));
  const text = failure?.message ?? '';
  if (failure?.status !== 'True' || !text.includes('exceeded quota') || !isRolling) return null;
  if (replaced === undefined) return null;
  const quota = /exceeded quota: ([^,]+)/.exec(text)?.[1] ?? '';
  const names = (spec?.template.spec?.containers ?? []).flatMap(({ resources = {} }) =>
    Object.keys({ ...resources.requests, ...resources.limits }),
  );
  const tooLarge = larger([...new Set(names)], spec?.template.spec, replaced.spec);
  return { resources: [`room in quota ${quota}`], message: text, tooLarge };
}

function age({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? '';
}

function revisionOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.['pod-template-hash'];
}

function larger(names: readonly string[], wanted: PodSpec | undefined, freed: PodSpec | undefined): string[] {
  return names.filter((name) => requestOf(wanted, name) > requestOf(freed, name));
}

/** What runs side by side; init containers that end give back what they took. */
function requestOf(spec: PodSpec | undefined, name: string): number {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].reduce((sum, { resources }) => {
    const quantity = resources?.requests?.[name] ?? resources?.limits?.[name];
    return sum + (quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0));
  }, 0);
}
