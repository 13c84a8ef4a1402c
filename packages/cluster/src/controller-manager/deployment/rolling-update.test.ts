import type { DeploymentStrategy, IntOrString, ReplicaSet } from '@weir/api/workloads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deploymentFixture, replicaSetFixture } from './fixtures.ts';
import { replicasOf } from './replicas.ts';
import { maxSurgeOf, maxUnavailableOf, newReplicaCount, planOldScaleDown } from './rolling-update.ts';

const rolling = (maxSurge: IntOrString, maxUnavailable: IntOrString): DeploymentStrategy => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});

test.each([
  ['25%', '25%', 4, 1, 1],
  ['25%', '25%', 1, 1, 0],
  ['25%', '25%', 10, 3, 2],
  ['7%', '7%', 100, 7, 7],
  [0, 0, 5, 0, 1],
  ['0%', '10%', 3, 0, 1],
  [2, 10, 3, 2, 3],
])('surge %s and unavailable %s of %i replicas are %i and %i pods', (surge, unavailable, replicas, s, u) => {
  const deployment = deploymentFixture({ replicas, strategy: rolling(surge, unavailable) });
  expect([maxSurgeOf(deployment), maxUnavailableOf(deployment)]).toEqual([s, u]);
});

test('recreate neither surges nor keeps anything available', () => {
  const deployment = deploymentFixture({ replicas: 4, strategy: { type: 'Recreate' } });
  expect([maxSurgeOf(deployment), maxUnavailableOf(deployment)]).toEqual([0, 0]);
});

test('old pods that do not work go first, even when nothing else may go', () => {
  const deployment = deploymentFixture({ replicas: 4, strategy: rolling(1, 0) });
  const old = [replicaSetFixture('a', 2, { available: 0 }), replicaSetFixture('b', 3)];
  const plan = planOldScaleDown(deployment, old, replicaSetFixture('new', 1));
  expect([...plan].map(([set, size]) => [set.metadata.name, size])).toEqual([['a', 0]]);
});

test('unavailable new pods hold the old ones back', () => {
  const deployment = deploymentFixture({ replicas: 4, strategy: rolling(1, 0) });
  const plan = planOldScaleDown(
    deployment,
    [replicaSetFixture('a', 4)],
    replicaSetFixture('new', 1, { available: 0 }),
  );
  expect(plan.size).toBe(0);
});

test('every rolling update ends with new pods only and never leaves its bounds', () => {
  const amount = fc.oneof(
    fc.nat(4),
    fc.nat(100).map((percent) => `${percent}%`),
  );
  const scenario = fc.record({
    replicas: fc.integer({ min: 1, max: 12 }),
    surge: amount,
    unavailable: amount,
    ready: fc.array(fc.boolean(), { minLength: 4, maxLength: 40 }),
  });
  fc.assert(
    fc.property(scenario, ({ replicas, surge, unavailable, ready }) => {
      const deployment = deploymentFixture({ replicas, strategy: rolling(surge, unavailable) });
      let old = replicaSetFixture('old', replicas);
      let current = replicaSetFixture('new', 0);
      for (let step = 0; step < 200; step++) {
        const wanted = newReplicaCount(deployment, [old, current], current);
        // A pod becomes ready when the scenario says so, and in the end always.
        const mayBeReady = ready[step] ?? true;
        current = resized(current, wanted, mayBeReady ? wanted : (current.status?.availableReplicas ?? 0));
        for (const [set, size] of planOldScaleDown(deployment, [old], current)) {
          expect(set).toBe(old);
          old = resized(old, size, size);
        }
        const available = (old.status?.availableReplicas ?? 0) + (current.status?.availableReplicas ?? 0);
        expect(replicasOf(old) + replicasOf(current)).toBeLessThanOrEqual(replicas + maxSurgeOf(deployment));
        expect(available).toBeGreaterThanOrEqual(replicas - maxUnavailableOf(deployment));
      }
      expect([replicasOf(old), replicasOf(current)]).toEqual([0, replicas]);
    }),
    { numRuns: 60 },
  );
});

function resized(set: ReplicaSet, replicas: number, available: number): ReplicaSet {
  const availableReplicas = Math.min(replicas, available);
  return { ...set, spec: { selector: {}, replicas }, status: { replicas, availableReplicas } };
}
