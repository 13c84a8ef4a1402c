import { expect, test } from 'vitest';
import { deploymentFixture, replicaSetFixture } from './fixtures.ts';
import { isScalingEvent, planScaling } from './proportional-scaling.ts';

const sizes = (plan: ReturnType<typeof planScaling>): Record<string, number> =>
  Object.fromEntries([...plan].map(([set, size]) => [set.metadata.name, size]));

test('the only active replica set takes the whole size', () => {
  const deployment = deploymentFixture({ replicas: 7 });
  const old = [replicaSetFixture('old', 0)];
  expect(sizes(planScaling(deployment, old, replicaSetFixture('new', 3)))).toEqual({ new: 7 });
});

test('in the middle of a rollout growth is shared in proportion', () => {
  const strategy = { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  const deployment = deploymentFixture({ replicas: 15, strategy });
  const old = [replicaSetFixture('old', 8, { desired: 10, max: 13 })];
  const current = replicaSetFixture('new', 5, { desired: 10, max: 13, available: 0 });
  expect(sizes(planScaling(deployment, old, current))).toEqual({ old: 11, new: 7 });
});

test('scaling to zero empties every replica set', () => {
  const deployment = deploymentFixture({ replicas: 0 });
  const old = [replicaSetFixture('old', 3, { desired: 4, max: 5 })];
  const current = replicaSetFixture('new', 2, { desired: 4, max: 5, available: 0 });
  expect(sizes(planScaling(deployment, old, current))).toEqual({ old: 0, new: 0 });
});

test('once the new replica set works in full size the old ones are emptied', () => {
  const deployment = deploymentFixture({ replicas: 3 });
  expect(sizes(planScaling(deployment, [replicaSetFixture('old', 2)], replicaSetFixture('new', 3)))).toEqual({
    old: 0,
  });
});

test('only a running replica set that was scaled for another size makes it a scaling event', () => {
  const deployment = deploymentFixture({ replicas: 3 });
  expect(isScalingEvent(deployment, [replicaSetFixture('a', 2, { desired: 2 })])).toBe(true);
  expect(isScalingEvent(deployment, [replicaSetFixture('a', 0, { desired: 2 })])).toBe(false);
  expect(isScalingEvent(deployment, [replicaSetFixture('a', 2, { desired: 3 })])).toBe(false);
});
