import { noSpareAnnotation } from '@weir/api/serving';
import type { Deployment, Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { deploymentOf, runningPod, waitingPod } from './fixtures.ts';
import { inPlace, placementOf } from './placement.ts';

const next = deploymentOf({ image: 'engine:2' });
const stuck = [runningPod('old'), waitingPod('new')];
const placement = (wanted: Deployment, live: Deployment | undefined, pods: readonly Pod[], isOff = false) =>
  placementOf({ wanted, live, pods, isOff });

test('new pods come beside old ones as long as there is room', () => {
  expect(placement(next, undefined, [])).toEqual({ type: 'beside' });
  expect(placement(next, next, [runningPod('old'), runningPod('new')])).toEqual({ type: 'beside' });
});

test('without room old pods make place, and this stays as it is until the next revision', () => {
  const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 1 };
  const live = deploymentOf({ image: 'engine:2', status });
  expect(placement(next, live, stuck)).toEqual({
    type: 'inPlace',
    lacking: 'nvidia.com/gpu',
    isRolling: true,
  });

  const done = { observedGeneration: 1, replicas: 1, updatedReplicas: 1 };
  const noted = inPlace({ ...live, status: done }, 'nvidia.com/gpu');
  expect(noted.spec?.strategy).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
  });
  const kept = { type: 'inPlace', lacking: 'nvidia.com/gpu', isRolling: false };
  expect(placement(next, noted, [runningPod('new')])).toEqual(kept);
  expect(placement(deploymentOf({ image: 'engine:3' }), noted, [runningPod('new')])).toEqual({
    type: 'beside',
  });
  expect(placement(deploymentOf({ image: 'engine:3' }), noted, stuck)).toMatchObject({ type: 'inPlace' });
});

test('a strategy of the user is kept, and what it waits for is told', () => {
  const typed = (maxSurge: number): Deployment =>
    deploymentOf({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: 0 } } });
  expect(placement(typed(1), next, stuck)).toMatchObject({
    type: 'stuck',
    message: expect.stringMatching(
      /Insufficient nvidia.com\/gpu.* — free what it needs, or set rolloutStrategy/,
    ),
  });
  expect(placement(typed(0), next, stuck)).toEqual({ type: 'beside' });
  expect(placement(deploymentOf({ strategy: { type: 'Recreate' } }), next, stuck)).toEqual({
    type: 'beside',
  });
});

test('with the check off nothing is decided for the user', () => {
  const noted = inPlace(next, 'nvidia.com/gpu');
  expect(placement(next, noted, stuck, true)).toMatchObject({
    type: 'stuck',
    message: expect.stringContaining('metadata.annotations[weir.dev/spare-check] to auto'),
  });
  expect(placement(next, noted, [runningPod('new')], true)).toEqual({ type: 'beside' });
});

test('no pod ends for one that would not fit in its place', () => {
  expect(placement(next, next, [runningPod('old', 1), waitingPod('new', 2)])).toMatchObject({
    type: 'stuck',
    message: expect.stringContaining('asks for more nvidia.com/gpu than the pod that it replaces would free'),
  });
});

test('what lacked is noted beside other annotations', () => {
  expect(inPlace(deploymentOf({ annotations: { a: 'b' } }), 'cpu').metadata.annotations).toEqual({
    a: 'b',
    [noSpareAnnotation]: 'cpu',
  });
});
