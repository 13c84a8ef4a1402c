import { isEmptySelector, keyOf, matchesSelector, type ObjectKey, resources } from '@weir/api/meta';
import type { Deployment, DeploymentStatus, ReplicaSet } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import { Controller, type ObjectChange, type Result } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import { claim, controllerOf } from '../ownership.ts';
import { isPodFinished } from '../pod-state.ts';
import { byController } from '../shared-informers.ts';
import { isComplete, untilDeadlineMs } from './conditions.ts';
import { isScalingEvent, planScaling } from './proportional-scaling.ts';
import { revisionAnnotation, surplusHistory } from './replica-sets.ts';
import { replicasOf } from './replicas.ts';
import { isRollingUpdate, newReplicaCount, planOldScaleDown } from './rolling-update.ts';
import { Rollout } from './rollout.ts';
import { computeDeploymentStatus } from './status.ts';

/** Rolls every Deployment's pod template out through ReplicaSets. */
export function createDeploymentController(context: ControllerContext): Controller {
  const { deployments, replicaSets, pods } = context.informers;
  const controller = new Controller({
    name: 'deployment',
    log: context.log,
    workers: 5,
    reconcile: (key, { signal }) => reconcile(context, key, signal),
  });
  return controller
    .for(deployments)
    .watches(replicaSets, (change) => affectedDeployments(context, change))
    .watches(pods, (change) => (change.type === 'deleted' ? recreatingOwner(context, change.object) : []));
}

async function reconcile(
  context: ControllerContext,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const deployment = context.informers.deployments.get(key);
  if (deployment === undefined) return undefined;
  const selector = deployment.spec?.selector ?? {};
  if (isEmptySelector(selector)) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    await context.recorder.record(deployment, 'Warning', 'SelectingAll', message);
    return undefined;
  }
  const { replicaSets } = context.informers;
  const orphans = replicaSets
    .byIndex(byController, '')
    .filter((set) => set.metadata.namespace === key.namespace);
  const sets = await claim({
    client: context.client,
    owner: deployment,
    ownerKind: resources.deployments,
    selector,
    kind: resources.replicaSets,
    candidates: [...replicaSets.byIndex(byController, deployment.metadata.uid ?? ''), ...orphans],
    signal,
  });
  const rollout = new Rollout(context, deployment, sets, signal);
  return progress(rollout);
}

async function progress(rollout: Rollout): Promise<Result | undefined> {
  const { deployment } = rollout;
  if (deployment.metadata.deletionTimestamp !== undefined) return writeStatus(rollout, { isRolling: false });
  announcePause(rollout);
  try {
    if (deployment.spec?.paused === true || isScalingEvent(deployment, rollout.all)) {
      await scale(rollout);
      if (deployment.spec?.paused === true) await pruneHistory(rollout);
      return await writeStatus(rollout, { isRolling: false });
    }
    const isSettled = isRollingUpdate(deployment) ? await rollOut(rollout) : await recreate(rollout);
    if (isSettled) await pruneHistory(rollout);
  } catch (error) {
    if (rollout.progress?.status === 'False') await writeStatus(rollout, { isRolling: true });
    throw error;
  }
  return writeStatus(rollout, { isRolling: true });
}

async function scale(rollout: Rollout): Promise<void> {
  await rollout.annotateCurrent();
  for (const [set, size] of planScaling(rollout.deployment, rollout.old, rollout.current)) {
    await rollout.scale(set, size);
  }
}

/** One step of a rolling update; true when the rollout is complete. */
async function rollOut(rollout: Rollout): Promise<boolean> {
  const { deployment } = rollout;
  const current = await rollout.ensureCurrent();
  const size = replicasOf(current);
  const wanted =
    size > replicasOf(deployment)
      ? replicasOf(deployment)
      : newReplicaCount(deployment, rollout.all, current);
  await rollout.scale(current, wanted);
  if (wanted !== size) return false;
  const plan = planOldScaleDown(deployment, rollout.old, rollout.current ?? current);
  for (const [set, replicas] of plan) await rollout.scale(set, replicas);
  return plan.size === 0 && isComplete(deployment, deployment.status ?? {});
}

/** One step of Recreate: all old pods end before the first new one starts. */
async function recreate(rollout: Rollout): Promise<boolean> {
  const running = rollout.old.filter((set) => replicasOf(set) > 0);
  for (const set of running) await rollout.scale(set, 0);
  const { pods } = rollout.context.informers;
  const isEnding = rollout.old.some(
    (set) =>
      (set.status?.replicas ?? 0) > 0 ||
      pods.byIndex(byController, set.metadata.uid ?? '').some((pod) => !isPodFinished(pod)),
  );
  if (running.length > 0 || isEnding) return false;
  await rollout.scale(await rollout.ensureCurrent(), replicasOf(rollout.deployment));
  return isComplete(rollout.deployment, rollout.deployment.status ?? {});
}

async function pruneHistory(rollout: Rollout): Promise<void> {
  for (const set of surplusHistory(rollout.deployment, rollout.old)) {
    const { uid } = set.metadata;
    await rollout.context.client.delete(resources.replicaSets, keyOf(set), {
      signal: rollout.signal,
      ...(uid === undefined ? {} : { uid }),
    });
  }
}

/** Pausing and resuming are said in the Progressing condition, so that waiters do not take a pause for a failure. */
function announcePause(rollout: Rollout): void {
  const reason = rollout.deployment.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const say = (next: string, message: string): void => {
    rollout.progress = { type: 'Progressing', status: 'Unknown', reason: next, message };
  };
  const isPaused = rollout.deployment.spec?.paused === true;
  if (isPaused && reason !== 'DeploymentPaused') say('DeploymentPaused', 'Deployment is paused');
  else if (!isPaused && reason === 'DeploymentPaused') say('DeploymentResumed', 'Deployment is resumed');
}

async function writeStatus(
  rollout: Rollout,
  options: { readonly isRolling: boolean },
): Promise<Result | undefined> {
  const { context, deployment } = rollout;
  const now = context.now();
  const { all, current, progress } = rollout;
  const status = computeDeploymentStatus({ deployment, all, current, progress, ...options }, now);
  const annotations = { ...deployment.metadata.annotations };
  if (rollout.revision > 0) annotations[revisionAnnotation] = String(rollout.revision);
  const isSame =
    canonicalJson(status) === canonicalJson(deployment.status ?? {}) &&
    canonicalJson(annotations) === canonicalJson(deployment.metadata.annotations ?? {});
  if (!isSame) await updateStatus(rollout, status, annotations);
  const waitMs = options.isRolling ? untilDeadlineMs(deployment, status, now) : null;
  return waitMs === null ? undefined : { requeueAfterMs: waitMs };
}

/** The revision goes along with the status: a write of its own would raise the Deployment's generation. */
async function updateStatus(
  { context, deployment, signal }: Rollout,
  status: DeploymentStatus,
  annotations: Record<string, string>,
): Promise<void> {
  const next = { ...deployment, metadata: { ...deployment.metadata, annotations }, status };
  const written = await context.client.update(resources.deployments, next, { subresource: 'status', signal });
  const revision = annotations[revisionAnnotation];
  if (written.metadata.annotations?.[revisionAnnotation] === revision) return;
  // A server that keeps metadata out of status writes.
  const { resourceVersion } = written.metadata;
  const patch = { metadata: { resourceVersion, annotations: { [revisionAnnotation]: revision } } };
  await context.client.patch(resources.deployments, keyOf(deployment), patch, { signal });
}

function affectedDeployments(
  context: ControllerContext,
  { type, object, previous }: ObjectChange<ReplicaSet>,
): ObjectKey[] {
  const namespace = object.metadata.namespace ?? '';
  const owners = [object, previous].flatMap((set) => (set === undefined ? [] : (controllerOf(set) ?? [])));
  const keys = owners
    .filter((owner) => owner.kind === 'Deployment')
    .map((owner) => ({ namespace, name: owner.name }));
  if (controllerOf(object) !== undefined || type === 'deleted') return keys;
  const adopters = context.informers.deployments
    .list(namespace)
    .filter((deployment) => matchesSelector(deployment.spec?.selector ?? {}, object.metadata.labels));
  return [...keys, ...adopters.map(keyOf)];
}

/** A Deployment that recreates waits for the last old pod. */
function recreatingOwner(context: ControllerContext, pod: Parameters<typeof controllerOf>[0]): ObjectKey[] {
  const namespace = pod.metadata.namespace ?? '';
  const set = context.informers.replicaSets.get({ namespace, name: controllerOf(pod)?.name ?? '' });
  const owner = set === undefined ? undefined : controllerOf(set);
  if (owner === undefined) return [];
  const deployment: Deployment | undefined = context.informers.deployments.get({
    namespace,
    name: owner.name,
  });
  return deployment === undefined || isRollingUpdate(deployment) ? [] : [keyOf(deployment)];
}
