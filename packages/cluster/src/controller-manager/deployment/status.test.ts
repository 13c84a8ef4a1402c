import type { DeploymentStatus } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { untilDeadlineMs } from './conditions.ts';
import { deploymentFixture, replicaSetFixture } from './fixtures.ts';
import { computeDeploymentStatus } from './status.ts';

const start = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function statusOf(
  replicas: number,
  available: number,
  before: DeploymentStatus | undefined,
  now: Date,
): DeploymentStatus {
  const deployment = deploymentFixture({ replicas, progressDeadlineSeconds: 10 }, before);
  const current = replicaSetFixture('web-1', replicas, { available });
  return computeDeploymentStatus(
    { deployment, all: [current], current, progress: null, isRolling: true },
    now,
  );
}

const reasons = (status: DeploymentStatus): Record<string, string> =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]),
  );

test('a rollout goes from progressing to available and says so', () => {
  const first = statusOf(2, 0, undefined, start);
  expect(reasons(first)).toEqual({
    Available: 'False MinimumReplicasUnavailable',
    Progressing: 'True ReplicaSetUpdated',
  });
  const second = statusOf(2, 2, first, later(3));
  expect(second).toEqual({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    conditions: [
      {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        lastUpdateTime: '2026-01-01T00:00:03Z',
        lastTransitionTime: '2026-01-01T00:00:03Z',
      },
      {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet "web-1" has successfully progressed.',
        lastUpdateTime: '2026-01-01T00:00:03Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  });
  expect(statusOf(2, 2, second, later(60))).toEqual(second);
});

test('a rollout without progress misses its deadline, at the time that was announced', () => {
  const first = statusOf(2, 0, undefined, start);
  const deployment = deploymentFixture({ replicas: 2, progressDeadlineSeconds: 10 }, first);
  expect(untilDeadlineMs(deployment, first, later(4))).toBe(7000);
  expect(reasons(statusOf(2, 0, first, later(9)))).toMatchObject({ Progressing: 'True ReplicaSetUpdated' });
  const missed = statusOf(2, 0, first, later(11));
  expect(reasons(missed)).toMatchObject({ Progressing: 'False ProgressDeadlineExceeded' });
  expect(untilDeadlineMs(deployment, missed, later(11))).toBeNull();
});

test('a finished rollout that loses a pod is unavailable but not failed', () => {
  const done = statusOf(2, 2, statusOf(2, 0, undefined, start), start);
  expect(reasons(statusOf(2, 1, done, later(100)))).toEqual({
    Available: 'False MinimumReplicasUnavailable',
    Progressing: 'True NewReplicaSetAvailable',
  });
});

test('the failure of a replica set to create pods is passed on', () => {
  const current = replicaSetFixture('web-1', 1, { available: 0 });
  const failing = {
    ...current,
    status: {
      replicas: 0,
      conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }],
    },
  };
  const status = computeDeploymentStatus(
    {
      deployment: deploymentFixture({ replicas: 1 }),
      all: [failing],
      current: failing,
      progress: null,
      isRolling: true,
    },
    start,
  );
  expect(status.conditions?.find(({ type }) => type === 'ReplicaFailure')).toMatchObject({
    reason: 'FailedCreate',
    message: 'quota',
  });
});
