import { keyOf, keyText, matchesSelector, type ObjectKey, resources } from '@weir/api/meta';
import type { Pod, ReplicaSet } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import { Controller, type ObjectChange, type Result } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import { claim, controllerOf } from '../ownership.ts';
import { isPodActive } from '../pod-state.ts';
import { byController } from '../shared-informers.ts';
import { Expectations } from './expectations.ts';
import { scalePods } from './scale-pods.ts';
import { computeReplicaSetStatus, untilAvailableMs } from './status.ts';

/** Keeps the number of pods of every ReplicaSet. */
export function createReplicaSetController(context: ControllerContext): Controller {
  const { replicaSets, pods } = context.informers;
  const expectations = new Expectations(() => context.now().getTime());
  const controller = new Controller({
    name: 'replicaset',
    log: context.log,
    workers: 5,
    reconcile: (key, { signal }) => reconcile(context, expectations, key, signal),
  });
  pods.onChange((change) => observe(expectations, change));
  return controller.for(replicaSets).watches(pods, (change) => affectedReplicaSets(context, change));
}

async function reconcile(
  context: ControllerContext,
  expectations: Expectations,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const replicaSet = context.informers.replicaSets.get(key);
  if (replicaSet === undefined) {
    expectations.forget(keyText(key));
    return undefined;
  }
  // Asked before the pods are read: what the cache shows then is at least as new as the answer.
  const isCacheCurrent = expectations.isSatisfied(keyText(key));
  const active = (await claimPods(context, replicaSet, signal)).filter(isPodActive);
  const mayScale = isCacheCurrent && replicaSet.metadata.deletionTimestamp === undefined;
  const problem = mayScale ? await scalePods(context, expectations, replicaSet, active) : null;

  const now = context.now();
  const status = computeReplicaSetStatus(replicaSet, active, problem?.failure ?? null, now);
  if (canonicalJson(status) !== canonicalJson(replicaSet.status ?? {})) {
    await context.client.update(
      resources.replicaSets,
      { ...replicaSet, status },
      { subresource: 'status', signal },
    );
  }
  if (problem !== null) throw problem.error;
  const waitMs = untilAvailableMs(replicaSet, active, now);
  return waitMs === null ? undefined : { requeueAfterMs: waitMs };
}

function claimPods(context: ControllerContext, replicaSet: ReplicaSet, signal: AbortSignal): Promise<Pod[]> {
  const { pods } = context.informers;
  const orphans = pods
    .byIndex(byController, '')
    .filter((pod) => pod.metadata.namespace === replicaSet.metadata.namespace && isPodActive(pod));
  return claim({
    client: context.client,
    owner: replicaSet,
    ownerKind: resources.replicaSets,
    selector: replicaSet.spec?.selector ?? {},
    kind: resources.pods,
    candidates: [...pods.byIndex(byController, replicaSet.metadata.uid ?? ''), ...orphans],
    signal,
  });
}

function observe(expectations: Expectations, { type, object }: ObjectChange<Pod>): void {
  const owner = controllerOf(object);
  if (owner?.kind !== 'ReplicaSet') return;
  const key = keyText({ namespace: object.metadata.namespace ?? '', name: owner.name });
  const isGoing = type === 'deleted' || object.metadata.deletionTimestamp !== undefined;
  if (type === 'added') expectations.creationObserved(key);
  if (isGoing) expectations.deletionObserved(key, object.metadata.uid ?? '');
}

/** The controllers of the pod, now and before; for a pod without one, those that would adopt it. */
function affectedReplicaSets(context: ControllerContext, change: ObjectChange<Pod>): ObjectKey[] {
  const namespace = change.object.metadata.namespace ?? '';
  const keys: ObjectKey[] = [];
  for (const pod of [change.object, change.previous]) {
    const owner = pod === undefined ? undefined : controllerOf(pod);
    if (owner?.kind === 'ReplicaSet') keys.push({ namespace, name: owner.name });
  }
  if (controllerOf(change.object) !== undefined || change.type === 'deleted') return keys;
  const adopters = context.informers.replicaSets
    .list(namespace)
    .filter((set) => matchesSelector(set.spec?.selector ?? {}, change.object.metadata.labels));
  return [...keys, ...adopters.map(keyOf)];
}
