import { conditionReasons } from '@weir/api/serving';
import type { Deployment, LeaderWorkerSet } from '@weir/api/workloads';
import type { Observed, Workload } from '../desired/index.ts';
import { engineCause, schedulerCause } from './pod-cause.ts';
import { isCurrent, isFalse, isTrue, type Verdict } from './verdict.ts';

export function findDeployment(observed: Observed, name: string): Deployment | undefined {
  return observed.children.find(
    ({ kind, object }) => kind.plural === 'deployments' && object.metadata.name === name,
  )?.object as Deployment | undefined;
}

/** The object of a workload as it is now. */
export function findWorkload(
  observed: Observed,
  { kind, name }: Workload,
): Deployment | LeaderWorkerSet | undefined {
  return observed.children.find(
    (child) => child.kind.plural === kind.plural && child.object.metadata.name === name,
  )?.object as Deployment | LeaderWorkerSet | undefined;
}

/** Replicas that take requests: pods, or groups whose pods are all ready. */
export function readyReplicasOf(observed: Observed, workload: Workload): number {
  const { status } = findWorkload(observed, workload) ?? {};
  const ready = workload.isMultiNode
    ? (status as LeaderWorkerSet['status'])?.readyReplicas
    : (status as Deployment['status'])?.availableReplicas;
  return ready ?? 0;
}

/** Whether the engines can take requests; when not, the cause that their pods show. */
export function workloadVerdict(observed: Observed, workload: Workload): Verdict {
  const { kind, name, path, isMultiNode, components } = workload;
  const live = findWorkload(observed, workload);
  if (live?.spec?.replicas === 0) {
    return isFalse(
      conditionReasons.scaledToZero,
      `${kind.kind} ${name} has 0 replicas — raise ${path}.replicas`,
    );
  }
  const verdict = isMultiNode
    ? groupsVerdict(live as LeaderWorkerSet | undefined, name)
    : deploymentVerdict(live as Deployment | undefined, name);
  if (verdict.status === 'True') return verdict;
  const cause = engineCause(observed.pods, components);
  return cause === null ? verdict : isFalse(cause.reason, cause.message);
}

function groupsVerdict(live: LeaderWorkerSet | undefined, name: string): Verdict {
  const { conditions = [] } = live?.status ?? {};
  const available = conditions.find(({ type }) => type === 'Available');
  const isMoving = conditions.some(
    ({ type, status }) => (type === 'Progressing' || type === 'UpdateInProgress') && status === 'True',
  );
  if (available !== undefined && isCurrent(available, live?.metadata.generation)) {
    if (available.status === 'True') return isTrue;
    // While groups are replaced it is False with the reason of the time when it was True.
    if (available.reason && !isMoving) return isFalse(available.reason, available.message ?? '');
  }
  const message =
    live !== undefined && conditions.length === 0
      ? 'no controller has reported on it yet — is the LeaderWorkerSet controller installed?'
      : groupsProgress(live);
  return isFalse(conditionReasons.progressing, `LeaderWorkerSet ${name} is progressing: ${message}`);
}

function groupsProgress(live: LeaderWorkerSet | undefined): string {
  const { readyReplicas = 0, updatedReplicas, conditions = [] } = live?.status ?? {};
  const wanted = live?.spec?.replicas ?? 1;
  const isUpdate = conditions.some(({ type, status }) => type === 'UpdateInProgress' && status === 'True');
  const updated = isUpdate ? `, ${updatedReplicas ?? 0} are of the newest revision` : '';
  return `${readyReplicas} of ${wanted} groups are ready${updated}`;
}

/** True with the first available picker: further replicas stand by and never become ready. */
export function schedulerVerdict(observed: Observed, name: string): Verdict {
  const deployment = findDeployment(observed, name);
  if ((deployment?.status?.availableReplicas ?? 0) > 0) return isTrue;
  const verdict = deploymentVerdict(deployment, name);
  const cause = schedulerCause(observed.pods);
  if (cause === null) return verdict;
  // What ended is no engine: the Deployment's reason stays, with the pod's own words.
  const isCrash = cause.reason === conditionReasons.engineCrash;
  return isFalse(isCrash ? (verdict.reason ?? conditionReasons.progressing) : cause.reason, cause.message);
}

/** For Deployments of one pod: it is there, or the Deployment says why not. */
export function singleDeploymentVerdict(observed: Observed, name: string): Verdict {
  return deploymentVerdict(findDeployment(observed, name), name);
}

function deploymentVerdict(deployment: Deployment | undefined, name: string): Verdict {
  const progressing = isFalse(conditionReasons.progressing, `Deployment ${name} is progressing`);
  const { conditions = [], observedGeneration = 0 } = deployment?.status ?? {};
  // What it says is about pods of before; nothing is known to be wrong.
  if (observedGeneration < (deployment?.metadata.generation ?? 0))
    return conditions.length === 0 ? progressing : { ...progressing, status: 'Unknown' };
  const available = conditions.find(({ type }) => type === 'Available');
  if (available?.status === 'True') return isTrue;
  const stuck = conditions.find(({ type, status }) => type === 'Progressing' && status === 'False');
  const telling = stuck ?? available;
  return telling === undefined ? progressing : isFalse(telling.reason || 'Unknown', telling.message ?? '');
}
