import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
  ReplicaSetStatus,
} from '@weir/api/workloads';
import { timeText } from '../context.ts';
import { availableCondition, type NewCondition, progressCondition, withCondition } from './conditions.ts';
import { replicasOf } from './replicas.ts';

interface DeploymentView {
  readonly deployment: Deployment;
  readonly all: readonly ReplicaSet[];
  readonly current: ReplicaSet | undefined;
  /** Said instead of the rollout's own progress: paused, resumed, a ReplicaSet created, found or refused. */
  readonly progress: NewCondition | null;
  /** While paused or being scaled, progress is not judged. */
  readonly isRolling: boolean;
}

/** Counts and conditions of a Deployment, from its ReplicaSets. */
export function computeDeploymentStatus(view: DeploymentView, now: Date): DeploymentStatus {
  const { deployment, all, current } = view;
  const counts = countReplicas(deployment, all, current);
  let conditions = [...(deployment.status?.conditions ?? [])];
  const set = (condition: NewCondition): void => {
    conditions = withCondition(conditions, condition, now);
  };
  set(availableCondition(deployment, counts.availableReplicas ?? 0));
  if (!hasDeadline(deployment)) conditions = without(conditions, 'Progressing');
  else {
    const own = view.isRolling ? progressCondition(deployment, counts, current, now) : null;
    if (view.progress !== null) set(view.progress);
    if (own !== null) {
      // Each step of a rollout restarts the deadline, even when status and reason stay the same.
      if (own.reason === 'ReplicaSetUpdated') conditions = touched(conditions, own.type, now);
      set(own);
    }
  }
  const failure = replicaFailure(all);
  if (failure === null) conditions = without(conditions, 'ReplicaFailure');
  else set(failure);
  return { ...counts, conditions };
}

function countReplicas(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): DeploymentStatus {
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    all.reduce((total, set) => total + ((set.status as ReplicaSetStatus | undefined)?.[field] ?? 0), 0);
  const available = sum('availableReplicas');
  const size = all.reduce((total, set) => total + replicasOf(set), 0);
  const counts: Record<string, number> = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum('replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, size - available),
  };
  const { collisionCount } = deployment.status ?? {};
  return {
    // Zeroes are left out, as the API server's own encoding does; so equal states have equal JSON.
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds < 2 ** 31 - 1;
}

function replicaFailure(all: readonly ReplicaSet[]): NewCondition | null {
  for (const set of all) {
    const failure = set.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
    if (failure?.status === 'True') {
      return {
        type: 'ReplicaFailure',
        status: 'True',
        reason: failure.reason ?? '',
        message: failure.message ?? '',
      };
    }
  }
  return null;
}

function without(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

function touched(conditions: readonly DeploymentCondition[], type: string, now: Date): DeploymentCondition[] {
  return conditions.map((condition) =>
    condition.type === type ? { ...condition, lastUpdateTime: timeText(now) } : condition,
  );
}
