import { type KubeObject, resources } from '@weir/api/meta';
import { type LLMInferenceService, noSpareAnnotation } from '@weir/api/serving';
import type { Deployment, Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { nothingObserved } from '../desired/fixtures.ts';
import type { Desired, DesiredChild } from '../desired/index.ts';
import { PackedMemories } from '../packed-memories.ts';
import { childOf, deploymentOf, runningPod, waitingPod } from './fixtures.ts';
import { RolloutPlanner } from './planner.ts';

const service = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceService',
  metadata: { namespace: 'demo', name: 'hello', uid: 'u1' },
} as LLMInferenceService;
const failure = { condition: 'MainWorkloadReady', reason: 'ReconcileSingleNodeWorkloadError' } as const;

function desired(...apply: DesiredChild[]): Desired {
  return { parts: [{ failure, apply }], remove: [] };
}

/** A planner whose writes all succeed, unless told otherwise, and whose clock stands until moved. */
class Passes {
  nowMs = 1e12;
  #planner = this.#started();
  #live: KubeObject | undefined;
  pods: readonly Pod[] = [];

  /** What the cluster holds stays. */
  restart(): void {
    this.#planner = this.#started();
  }

  #started(): RolloutPlanner {
    return new RolloutPlanner(() => new Date(this.nowMs), new PackedMemories());
  }

  run(wanted: Desired, failed = false) {
    const children =
      this.#live === undefined
        ? []
        : [{ kind: wanted.parts[0]?.apply[0]?.kind ?? resources.deployments, object: this.#live }];
    const plan = this.#planner.plan(service, wanted, { ...nothingObserved, children, pods: this.pods });
    const problems = failed
      ? [{ type: failure.condition, status: 'False' as const, reason: 'r', message: '' }]
      : [];
    const coalesced = this.#planner.settle(service, plan, problems);
    const [written] = plan.desired.parts.flatMap((part) => part.apply.map(({ object }) => object));
    if (!failed) this.#live = written;
    return { ...plan, coalesced, written: written as Deployment };
  }
}

const imageOf = ({ spec }: Deployment): string | undefined => spec?.template.spec?.containers[0]?.image;
const wanted = (image: string, replicas = 1): Desired => desired(childOf(deploymentOf({ image, replicas })));

test('changes of pods wait for more of them while everything else follows at once', () => {
  const passes = new Passes();
  expect(imageOf(passes.run(wanted('engine:1')).written)).toBe('engine:1');
  passes.nowMs += 10_000;
  const first = passes.run(wanted('engine:2', 3));
  expect([imageOf(first.written), first.written.spec?.replicas]).toEqual(['engine:1', 3]);
  expect([first.isHeld, first.lookAgainMs]).toEqual([true, 2000]);
  passes.nowMs += 1900;
  expect(passes.run(wanted('engine:3', 3)).lookAgainMs).toBe(750);
  passes.nowMs += 750;
  const last = passes.run(wanted('engine:3', 3));
  expect([imageOf(last.written), last.isHeld, last.lookAgainMs]).toEqual(['engine:3', false, undefined]);
  expect(last.coalesced).toEqual([{ changes: 2, revision: 1, workload: 'Deployment demo/hello-kserve' }]);
});

test('what waits is written exactly as it was before, so that nothing has to be written', () => {
  const passes = new Passes();
  const before = passes.run(wanted('engine:1')).written;
  expect(passes.run(wanted('engine:2')).written).toEqual(before);
});

test('a change whose write failed is written again at once, and counted once', () => {
  const passes = new Passes();
  passes.run(wanted('engine:1'));
  passes.run(wanted('engine:2'));
  passes.nowMs += 100;
  passes.run(wanted('engine:3'));
  passes.nowMs += 2000;
  expect(passes.run(wanted('engine:3'), true).coalesced).toEqual([]);
  const again = passes.run(wanted('engine:3'));
  expect([imageOf(again.written), again.coalesced.length]).toEqual(['engine:3', 1]);
  expect(passes.run(wanted('engine:3')).coalesced).toEqual([]);
});

test('a controller that starts anew writes at once what waited', () => {
  const passes = new Passes();
  passes.run(wanted('engine:1'));
  expect(passes.run(wanted('engine:2')).isHeld).toBe(true);
  passes.restart();
  expect(imageOf(passes.run(wanted('engine:2')).written)).toBe('engine:2');
});

test('groups of pods wait as single pods do', () => {
  const set = (image: string, replicas: number): Desired =>
    desired({
      kind: resources.leaderWorkerSets,
      object: {
        apiVersion: '',
        kind: 'LeaderWorkerSet',
        metadata: { namespace: 'demo', name: 'hello-kserve-mn' },
        spec: { replicas, leaderWorkerTemplate: { size: 2, workerTemplate: { image } } },
      } as KubeObject,
    });
  const passes = new Passes();
  passes.run(set('engine:1', 1));
  expect(passes.run(set('engine:2', 2)).written.spec).toEqual({
    replicas: 2,
    leaderWorkerTemplate: { size: 2, workerTemplate: { image: 'engine:1' } },
  });
});

test('a service that was stopped starts with what it asks for then', () => {
  const passes = new Passes();
  passes.run(wanted('engine:1'));
  passes.run({
    parts: [],
    remove: [{ kind: resources.deployments, namespace: 'demo', name: 'hello-kserve' }],
  });
  expect(imageOf(passes.run(wanted('engine:2')).written)).toBe('engine:2');
});

test('a rollout that finds no device goes on in place after a moment, until the next one', () => {
  const passes = new Passes();
  passes.run(wanted('engine:1'));
  passes.pods = [runningPod('old'), waitingPod('new')];
  const first = passes.run(wanted('engine:1'));
  expect([first.written.spec?.strategy, first.lookAgainMs, first.stability]).toEqual([
    undefined,
    3000,
    undefined,
  ]);
  passes.nowMs += 3000;
  const second = passes.run(wanted('engine:1'));
  expect(second.written.metadata.annotations).toEqual({ [noSpareAnnotation]: 'nvidia.com/gpu' });
  expect(second.written.spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  expect(second.stability).toEqual({
    status: 'False',
    reason: 'NoSpareRoom',
    message:
      'Deployment hello-kserve replaces its pods one by one (maxSurge 0, maxUnavailable 1): ' +
      'no nvidia.com/gpu to spare for one more — set rolloutStrategy to decide otherwise',
  });
  passes.pods = [runningPod('new')];
  const held = passes.run(wanted('engine:2'));
  expect(held.written).toEqual(second.written);
  passes.nowMs += 2000;
  const next = passes.run(wanted('engine:2'));
  expect([imageOf(next.written), next.written.spec?.strategy]).toEqual(['engine:2', undefined]);
});

test('room that comes free in time leaves the strategy as it is', () => {
  const passes = new Passes();
  passes.run(wanted('engine:1'));
  passes.pods = [runningPod('old'), waitingPod('new')];
  passes.run(wanted('engine:1'));
  passes.nowMs += 2900;
  passes.pods = [runningPod('old'), runningPod('new')];
  expect(passes.run(wanted('engine:1')).lookAgainMs).toBeUndefined();
  passes.nowMs += 200;
  passes.pods = [runningPod('old'), waitingPod('new')];
  expect(passes.run(wanted('engine:1')).lookAgainMs).toBe(3000);
});
