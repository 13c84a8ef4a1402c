import { matchesLabels, matchesRequirement } from '@weir/api/meta';
import type { Node, NodeSelectorTerm, Pod, Taint, Toleration } from '@weir/api/workloads';
import { type Amounts, computeRequests, sum, toAmounts } from './requests.ts';

/** A node and what the pods on it have requested. */
export interface NodeLoad {
  readonly node: Node;
  readonly requested: Amounts;
  readonly podCount: number;
}

type Choice =
  | { readonly type: 'node'; readonly name: string }
  | { readonly type: 'none'; readonly message: string };

/** The node with most room among those that can take the pod, or why there is none. */
export function chooseNode(pod: Pod, loads: readonly NodeLoad[]): Choice {
  if (loads.length === 0) return { type: 'none', message: 'no nodes available to schedule pods' };
  const unsupported = unsupportedConstraint(pod);
  if (unsupported !== null) {
    return { type: 'none', message: `${unsupported} is not supported by this scheduler: remove it` };
  }
  const requests = computeRequests(pod);
  const counts = new Map<string, number>();
  let best: { readonly name: string; readonly room: number } | undefined;
  for (const load of loads) {
    const reasons = obstaclesOf(pod, requests, load);
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const name = load.node.metadata.name ?? '';
    const room = freeShare(requests, load);
    const isBetter = best === undefined || room > best.room || (room === best.room && name < best.name);
    if (reasons.length === 0 && isBetter) best = { name, room };
  }
  if (best !== undefined) return { type: 'node', name: best.name };
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return { type: 'none', message: `0/${loads.length} nodes are available: ${reasons.join(', ')}.` };
}

/** A rule that must hold and that is not built: the pod waits rather than run where it must not. */
function unsupportedConstraint(pod: Pod): string | null {
  const { affinity, topologySpreadConstraints = [] } = pod.spec ?? {};
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  if ((affinity?.podAffinity?.[required] ?? []).length > 0) return `spec.affinity.podAffinity.${required}`;
  if ((affinity?.podAntiAffinity?.[required] ?? []).length > 0)
    return `spec.affinity.podAntiAffinity.${required}`;
  const isStrict = topologySpreadConstraints.some((rule) => rule.whenUnsatisfiable === 'DoNotSchedule');
  if (isStrict) return 'spec.topologySpreadConstraints with whenUnsatisfiable DoNotSchedule';
  return (pod.spec?.resourceClaims ?? []).length > 0 ? 'spec.resourceClaims' : null;
}

/** Checks in Kubernetes' order; the first kind of obstacle hides the later ones, but all lacking resources are named. */
function obstaclesOf(pod: Pod, requests: Amounts, load: NodeLoad): string[] {
  const { node } = load;
  if (node.spec?.unschedulable === true && !toleratesAll(pod, [unschedulableTaint])) {
    return ['node(s) were unschedulable'];
  }
  if (!isReady(node)) return ['node(s) were not ready'];
  const taint = (node.spec?.taints ?? []).find((one) => !toleratesAll(pod, [one]));
  if (taint !== undefined) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!matchesNodeSelection(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  return lackingResources(requests, load);
}

function lackingResources(requests: Amounts, { node, requested, podCount }: NodeLoad): string[] {
  const allocatable = toAmounts(node.status?.allocatable);
  const lacking: string[] = [];
  const pods = allocatable.get('pods');
  if (pods !== undefined && (podCount + 1) * 1000 > pods) lacking.push('Too many pods');
  const total = sum(requested, requests);
  for (const [name, amount] of requests) {
    if (amount > 0 && (total.get(name) ?? 0) > (allocatable.get(name) ?? 0)) {
      lacking.push(`Insufficient ${name}`);
    }
  }
  return lacking;
}

function matchesNodeSelection(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!matchesLabels(pod.spec?.nodeSelector ?? {}, labels)) return false;
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name ?? '' };
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, node.metadata.labels ?? {})) &&
    matchFields.every((requirement) => matchesRequirement(requirement, fields))
  );
}

const unschedulableTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function toleratesAll(pod: Pod, taints: readonly Taint[]): boolean {
  return taints.every(
    (taint) =>
      taint.effect === 'PreferNoSchedule' ||
      (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect)
    return false;
  const isAnyKey = toleration.key === undefined || toleration.key === '';
  if (toleration.operator === 'Exists') return isAnyKey || toleration.key === taint.key;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}

/** A node that says nothing about its readiness counts as ready. */
function isReady(node: Node): boolean {
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return condition === undefined || condition.status === 'True';
}

/** Mean free share of CPU and memory after the pod moved in. */
function freeShare(requests: Amounts, { node, requested }: NodeLoad): number {
  const allocatable = toAmounts(node.status?.allocatable);
  const total = sum(requested, requests);
  const shares = ['cpu', 'memory'].map((name) => {
    const capacity = allocatable.get(name) ?? 0;
    return capacity === 0 ? 0 : 1 - (total.get(name) ?? 0) / capacity;
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}
