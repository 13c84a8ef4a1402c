import { apiVersionOf, type KubeObject, keyOf, type ObjectKey, resources } from '@weir/api/meta';
import type { Pod, PodCondition } from '@weir/api/workloads';
import { Controller, isKubeError, type ObjectChange } from '@weir/kube';
import { type ControllerContext, timeText } from '../controller-manager/context.ts';
import { isPodFinished } from '../controller-manager/pod-state.ts';
import { writeSubresource } from '../controller-manager/subresource.ts';
import { chooseNode, type NodeLoad } from './choose-node.ts';
import { computeRequests, sum } from './requests.ts';

const schedulerName = 'default-scheduler';
const byNode = 'node';

/** Pods bound a moment ago that the cache still shows without a node: their room is taken. */
type Assumed = Map<string, { readonly pod: Pod; readonly nodeName: string }>;

/** Binds pods to nodes that have room for what they request. One worker: decisions depend on each other. */
export function createScheduler(context: ControllerContext): Controller {
  const { pods, nodes } = context.informers;
  const assumed: Assumed = new Map();
  pods.addIndex(byNode, (pod) => [isPodFinished(pod) ? '' : (pod.spec?.nodeName ?? '')]);
  pods.onChange(({ type, object }) => {
    if (type === 'deleted' || object.spec?.nodeName) assumed.delete(object.metadata.uid ?? '');
  });
  const controller = new Controller({
    name: 'scheduler',
    log: context.log,
    reconcile: (key, { signal }) => schedule(context, assumed, key, signal),
  });
  const waiting = (): ObjectKey[] => pods.byIndex(byNode, '').filter(isWaiting).map(keyOf);
  return controller
    .watches(pods, (change) =>
      freesRoom(change) ? waiting() : isWaiting(change.object) ? [keyOf(change.object)] : [],
    )
    .watches(nodes, waiting);
}

async function schedule(
  context: ControllerContext,
  assumed: Assumed,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<undefined> {
  const pod = context.informers.pods.get(key);
  if (pod === undefined || !isWaiting(pod) || assumed.has(pod.metadata.uid ?? '')) return;
  const choice = chooseNode(pod, nodeLoads(context, assumed));
  if (choice.type === 'none') return reportUnschedulable(context, pod, choice.message, signal);
  assumed.set(pod.metadata.uid ?? '', { pod, nodeName: choice.name });
  try {
    await bind(context, pod, choice.name, signal);
  } catch (error) {
    assumed.delete(pod.metadata.uid ?? '');
    // Bound by somebody else, or gone: the next change of the pod says which.
    if (!isKubeError(error, 'NotFound', 'Conflict')) throw error;
    return;
  }
  const message = `Successfully assigned ${key.namespace}/${key.name} to ${choice.name}`;
  await context.recorder.record(pod, 'Normal', 'Scheduled', message);
}

function nodeLoads(context: ControllerContext, assumed: Assumed): NodeLoad[] {
  const { nodes, pods } = context.informers;
  return nodes.list().map((node) => {
    const name = node.metadata.name ?? '';
    const here = [...assumed.values()].filter(({ nodeName }) => nodeName === name).map(({ pod }) => pod);
    const all = [...pods.byIndex(byNode, name), ...here];
    return { node, requested: sum(...all.map(computeRequests)), podCount: all.length };
  });
}

async function bind(
  context: ControllerContext,
  pod: Pod,
  nodeName: string,
  signal: AbortSignal,
): Promise<void> {
  const { uid } = pod.metadata;
  const body: KubeObject & { target: object } = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { ...keyOf(pod), ...(uid === undefined ? {} : { uid }) },
    target: { apiVersion: apiVersionOf(resources.nodes), kind: 'Node', name: nodeName },
  };
  const target = { kind: resources.pods, key: keyOf(pod), subresource: 'binding' };
  await writeSubresource(context.client, target, { method: 'POST', body, signal });
}

async function reportUnschedulable(
  context: ControllerContext,
  pod: Pod,
  message: string,
  signal: AbortSignal,
): Promise<undefined> {
  const conditions = pod.status?.conditions ?? [];
  const previous = conditions.find(({ type }) => type === 'PodScheduled');
  if (previous?.status === 'False' && previous.message === message) return;
  const next: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    lastTransitionTime:
      previous?.status === 'False' && previous.lastTransitionTime !== undefined
        ? previous.lastTransitionTime
        : timeText(context.now()),
  };
  const patch = { status: { conditions: [next] } };
  await context.client.patch(resources.pods, keyOf(pod), patch, {
    type: 'strategic',
    subresource: 'status',
    signal,
  });
  await context.recorder.record(pod, 'Warning', 'FailedScheduling', message);
}

function isWaiting(pod: Pod): boolean {
  return (
    !pod.spec?.nodeName &&
    (pod.spec?.schedulerName ?? schedulerName) === schedulerName &&
    (pod.spec?.schedulingGates ?? []).length === 0 &&
    pod.metadata.deletionTimestamp === undefined &&
    !isPodFinished(pod)
  );
}

function freesRoom({ type, object }: ObjectChange<Pod>): boolean {
  return Boolean(object.spec?.nodeName) && (type === 'deleted' || isPodFinished(object));
}
