import { conditionReasons } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import type { Observed } from '../desired/index.ts';
import { engineCause, schedulerCause } from './pod-cause.ts';
import { isFalse, isTrue, type Verdict } from './verdict.ts';

export function findDeployment(observed: Observed, name: string): Deployment | undefined {
  return observed.children.find(
    ({ kind, object }) => kind.plural === 'deployments' && object.metadata.name === name,
  )?.object as Deployment | undefined;
}

/** Whether the engines can take requests; when not, the cause that their pods show. */
export function workloadVerdict(observed: Observed, name: string): Verdict {
  const deployment = findDeployment(observed, name);
  if (deployment?.spec?.replicas === 0) {
    return isFalse(conditionReasons.scaledToZero, `Deployment ${name} has 0 replicas — raise spec.replicas`);
  }
  const verdict = deploymentVerdict(deployment, name);
  if (verdict.status === 'True') return verdict;
  const cause = engineCause(observed.pods);
  return cause === null ? verdict : isFalse(cause.reason, cause.message);
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

function deploymentVerdict(deployment: Deployment | undefined, name: string): Verdict {
  const progressing = isFalse(conditionReasons.progressing, `Deployment ${name} is progressing`);
  const { conditions = [], observedGeneration = 0 } = deployment?.status ?? {};
  if (observedGeneration < (deployment?.metadata.generation ?? 0)) return progressing;
  const available = conditions.find(({ type }) => type === 'Available');
  if (available?.status === 'True') return isTrue;
  const stuck = conditions.find(({ type, status }) => type === 'Progressing' && status === 'False');
  const telling = stuck ?? available;
  return telling === undefined ? progressing : isFalse(telling.reason || 'Unknown', telling.message ?? '');
}
