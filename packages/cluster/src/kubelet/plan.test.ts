import type { PodSpec } from '@weir/api/workloads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPod } from './plan.ts';
import { type ContainerPhase, type ContainerState, idleContainer, type PodState } from './pod-state.ts';

const now = 1_000_000;

function exited(exitCode: number, retryAtMs = now): ContainerPhase {
  return { type: 'exited', terminated: { exitCode }, retryAtMs, backoffMs: retryAtMs - now };
}

function running(change: Partial<Extract<ContainerPhase, { type: 'running' }>> = {}): ContainerPhase {
  return { type: 'running', startedAtMs: now, isStarted: true, isReady: true, isStopping: false, ...change };
}

function stateOf(phases: Record<string, ContainerPhase>, change: Partial<PodState> = {}): PodState {
  const containers: Record<string, ContainerState> = {};
  for (const [name, phase] of Object.entries(phases)) containers[name] = { ...idleContainer, phase };
  return {
    containers,
    isPrepared: true,
    prepareRetryAtMs: 0,
    podIP: '127.78.0.1',
    hostIP: '127.0.0.1',
    startTimeMs: now,
    ending: null,
    failure: null,
    ...change,
  };
}

const spec: PodSpec = {
  initContainers: [{ name: 'first' }, { name: 'proxy', restartPolicy: 'Always' }, { name: 'last' }],
  containers: [{ name: 'main' }, { name: 'extra' }],
};
const start = (container: string): object => ({ type: 'start', container });
const stop = (container: string): object => ({ type: 'stop', container });

describe('next actions of a pod', () => {
  test.each<[string, Record<string, ContainerPhase>, object[]]>([
    ['the first init container alone', {}, [start('first')]],
    ['nothing while it runs', { first: running() }, []],
    ['a failed init container again', { first: exited(1) }, [start('first')]],
    ['the sidecar after it', { first: exited(0) }, [start('proxy')]],
    [
      'nothing before the sidecar has started',
      { first: exited(0), proxy: running({ isStarted: false }) },
      [],
    ],
    ['the next init container then', { first: exited(0), proxy: running() }, [start('last')]],
    [
      'all main containers at the end',
      { first: exited(0), proxy: running(), last: exited(0) },
      [start('main'), start('extra')],
    ],
    [
      'a main container that ended again',
      { first: exited(0), proxy: running(), last: exited(0), main: exited(0), extra: running() },
      [start('main')],
    ],
    [
      'a dead sidecar beside living main containers',
      { first: exited(0), proxy: exited(1), last: exited(0), main: running(), extra: exited(1) },
      [start('proxy'), start('extra')],
    ],
  ])('start %s', (_name, phases, actions) => {
    expect(planPod(spec, stateOf(phases), now).actions).toEqual(actions);
  });

  test('prepare address and volumes first, and again after the wait of a failure', () => {
    expect(planPod(spec, stateOf({}, { isPrepared: false }), now)).toEqual({
      actions: [{ type: 'prepare' }],
      wakeAtMs: null,
    });
    expect(planPod(spec, stateOf({}, { isPrepared: false, prepareRetryAtMs: now + 5 }), now)).toEqual({
      actions: [],
      wakeAtMs: now + 5,
    });
  });

  test('wait for the earliest end of a back-off', () => {
    const simple: PodSpec = { containers: [{ name: 'main' }, { name: 'extra' }] };
    const waiting: ContainerPhase = {
      type: 'waiting',
      reason: 'ErrImagePull',
      message: '',
      retryAtMs: now + 30,
    };
    expect(planPod(simple, stateOf({ main: exited(1, now + 90), extra: waiting }), now)).toEqual({
      actions: [],
      wakeAtMs: now + 30,
    });
  });

  test.each<[string, ContainerPhase, object[]]>([
    ['Always', exited(0), [start('main')]],
    ['OnFailure', exited(1), [start('main')]],
    ['OnFailure', exited(0), [{ type: 'finish' }]],
    ['Never', exited(1), [{ type: 'finish' }]],
  ])('restartPolicy %s decides about %o', (restartPolicy, phase, actions) => {
    const simple: PodSpec = { restartPolicy, containers: [{ name: 'main' }] };
    expect(planPod(simple, stateOf({ main: phase }), now).actions).toEqual(actions);
  });

  test('end sidecars, last started first, when the main containers are done for good', () => {
    const job: PodSpec = {
      restartPolicy: 'Never',
      initContainers: [
        { name: 'a', restartPolicy: 'Always' },
        { name: 'b', restartPolicy: 'Always' },
      ],
      containers: [{ name: 'main' }],
    };
    const plan = (phases: Record<string, ContainerPhase>): readonly object[] =>
      planPod(job, stateOf({ main: exited(0), ...phases }), now).actions;
    expect(plan({ a: running(), b: running() })).toEqual([stop('b')]);
    expect(plan({ a: running(), b: running({ isStopping: true }) })).toEqual([]);
    expect(plan({ a: running(), b: exited(0) })).toEqual([stop('a')]);
    expect(plan({ a: exited(0), b: exited(0) })).toEqual([{ type: 'finish' }]);
  });

  test('stop main containers before sidecars when the pod is deleted, waiting for a start under way', () => {
    const plan = (phases: Record<string, ContainerPhase>): readonly object[] =>
      planPod(spec, stateOf({ first: exited(0), last: exited(0), ...phases }, { ending: 'deleted' }), now)
        .actions;
    expect(plan({ proxy: running(), main: running(), extra: running() })).toEqual([
      stop('main'),
      stop('extra'),
    ]);
    expect(plan({ proxy: running(), main: { type: 'starting' } })).toEqual([]);
    expect(plan({ proxy: running(), main: exited(143) })).toEqual([stop('proxy')]);
    expect(plan({ proxy: exited(0), main: exited(143) })).toEqual([{ type: 'finish' }]);
  });

  test('expire at activeDeadlineSeconds and wake for it', () => {
    const limited = { ...spec, activeDeadlineSeconds: 5 };
    const state = stateOf({ first: running() });
    expect(planPod(limited, state, now)).toEqual({ actions: [], wakeAtMs: now + 5000 });
    expect(planPod(limited, state, now + 5000).actions).toEqual([{ type: 'expire' }]);
  });
});

describe('any pod', () => {
  const phase = fc.oneof(
    fc.constant<ContainerPhase>({ type: 'idle' }),
    fc.constant<ContainerPhase>({ type: 'starting' }),
    fc.boolean().map((isStopping) => running({ isStopping })),
    fc.integer({ min: 0, max: 2 }).map((exitCode) => exited(exitCode)),
  );
  const phases = fc.record({ first: phase, proxy: phase, last: phase, main: phase, extra: phase });

  test('never starts what lives, never stops what does not run', () => {
    const ending = fc.constantFrom<PodState['ending']>(null, 'deleted', 'failed', 'shutdown');
    fc.assert(
      fc.property(
        phases,
        ending,
        fc.constantFrom('Always', 'OnFailure', 'Never'),
        (given, end, restartPolicy) => {
          const state = stateOf(given, { ending: end });
          for (const action of planPod({ ...spec, restartPolicy }, state, now).actions) {
            const alive = 'container' in action && given[action.container as keyof typeof given].type;
            if (action.type === 'start') expect(['idle', 'exited']).toContain(alive);
            if (action.type === 'stop') expect(alive).toBe('running');
            if (end !== null) expect(action.type).not.toBe('start');
          }
        },
      ),
    );
  });

  test('comes to an end in a bounded number of steps once it is deleted', () => {
    fc.assert(
      fc.property(phases, (given) => {
        const current: Record<string, ContainerPhase> = { ...given };
        for (let step = 0; step < 12; step++) {
          const { actions } = planPod(spec, stateOf(current, { ending: 'deleted' }), now);
          if (actions.some(({ type }) => type === 'finish')) return;
          for (const action of actions) if (action.type === 'stop') current[action.container] = exited(143);
          for (const [name, at] of Object.entries(current)) {
            if (at.type === 'starting') current[name] = running();
            if (at.type === 'running' && at.isStopping) current[name] = exited(143);
          }
        }
        throw new Error('the pod did not end');
      }),
    );
  });
});
