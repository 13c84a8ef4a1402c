import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@weir/api/workloads';
import { timeText } from '../context.ts';
import { replicasOf } from './replicas.ts';
import { maxUnavailableOf } from './rolling-update.ts';

export type NewCondition = Pick<DeploymentCondition, 'type' | 'status'> & {
  readonly reason: string;
  readonly message: string;
};

const newReplicaSetAvailable = 'NewReplicaSetAvailable';
const deadlineExceeded = 'ProgressDeadlineExceeded';

/** With the condition in its place. The same status and reason change nothing, so that times say when it began. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  next: NewCondition,
  now: Date,
): DeploymentCondition[] {
  const previous = conditions.find((condition) => condition.type === next.type);
  if (previous?.status === next.status && previous.reason === next.reason) return [...conditions];
  const time = timeText(now);
  const lastTransitionTime = previous?.status === next.status ? (previous.lastTransitionTime ?? time) : time;
  return [
    ...conditions.filter((condition) => condition !== previous),
    { ...next, lastUpdateTime: time, lastTransitionTime },
  ];
}

export function availableCondition(deployment: Deployment, availableReplicas: number): NewCondition {
  return availableReplicas >= replicasOf(deployment) - maxUnavailableOf(deployment)
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** How the rollout goes; null when nothing new is to be said. `status` holds the new counts. */
export function progressCondition(
  deployment: Deployment,
  status: DeploymentStatus,
  current: ReplicaSet | undefined,
  now: Date,
): NewCondition | null {
  const previous = progressOf(deployment.status);
  const isDone = status.replicas === status.updatedReplicas && previous?.reason === newReplicaSetAvailable;
  if (isDone) return null;
  const subject =
    current === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${current.metadata.name}"`;
  const condition = (conditionStatus: string, reason: string, what: string): NewCondition => ({
    type: 'Progressing',
    status: conditionStatus,
    reason,
    message: `${subject} ${what}`,
  });

  if (isComplete(deployment, status)) {
    return condition('True', newReplicaSetAvailable, 'has successfully progressed.');
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    return condition('True', 'ReplicaSetUpdated', 'is progressing.');
  }
  if (hasTimedOut(deployment, now)) return condition('False', deadlineExceeded, 'has timed out progressing.');
  return null;
}

/** Time until the deadline for progress passes; null when no deadline runs. */
export function untilDeadlineMs(deployment: Deployment, status: DeploymentStatus, now: Date): number | null {
  const progress = progressOf(status);
  const isSettled = progress?.reason === newReplicaSetAvailable || progress?.reason === deadlineExceeded;
  if (progress === undefined || isSettled || deployment.spec?.paused === true) return null;
  if (isComplete(deployment, status)) return null;
  // The deadline counts whole seconds since a time that was cut to whole seconds.
  return (
    Math.max(0, deadlineOf(deployment) + Date.parse(progress.lastUpdateTime ?? '') - now.getTime()) + 1000
  );
}

/** Every replica is new and works, and the spec that asks for them was seen. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const oldPods = (status: DeploymentStatus): number =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldPods(after) < oldPods(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, now: Date): boolean {
  const progress = progressOf(deployment.status);
  if (progress === undefined || progress.reason === newReplicaSetAvailable) return false;
  if (progress.reason === deadlineExceeded) return true;
  return Date.parse(progress.lastUpdateTime ?? '') + deadlineOf(deployment) < now.getTime();
}

function progressOf(status: DeploymentStatus | undefined): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === 'Progressing');
}

function deadlineOf(deployment: Deployment): number {
  return (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000;
}
