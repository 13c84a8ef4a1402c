import type { Pod, PodSpec, PodStatus } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { type ContainerState, idleContainer, type PodState } from './pod-state.ts';
import { computePodStatus, formatWait } from './status.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const time = '2026-01-01T00:00:00Z';

function podOf(spec: PodSpec, status?: PodStatus): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u' },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

function stateOf(
  containers: Record<string, Partial<ContainerState>>,
  change: Partial<PodState> = {},
): PodState {
  const entries = Object.entries(containers).map(([name, state]) => [name, { ...idleContainer, ...state }]);
  return {
    containers: Object.fromEntries(entries),
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

const up: Partial<ContainerState> = {
  phase: { type: 'running', startedAtMs: now, isStarted: true, isReady: true, isStopping: false },
  containerId: 'id',
};
const done = (exitCode: number, backoffMs = 0): Partial<ContainerState> => ({
  phase: { type: 'exited', terminated: { exitCode }, retryAtMs: now + backoffMs, backoffMs },
  containerId: 'id',
});
const simple: PodSpec = { containers: [{ name: 'main', image: 'vllm' }] };
const verdicts = (status: PodStatus): string[] =>
  (status.conditions ?? []).map(({ type, status, reason = '' }) => `${type}=${status} ${reason}`.trim());

describe('status of a pod', () => {
  test('a running, ready pod in full', () => {
    expect(computePodStatus(podOf(simple), stateOf({ main: up }), now)).toEqual({
      phase: 'Running',
      startTime: time,
      hostIP: '127.0.0.1',
      hostIPs: [{ ip: '127.0.0.1' }],
      podIP: '127.78.0.1',
      podIPs: [{ ip: '127.78.0.1' }],
      containerStatuses: [
        {
          name: 'main',
          image: 'vllm',
          imageID: '',
          containerID: 'process://id',
          restartCount: 0,
          ready: true,
          started: true,
          state: { running: { startedAt: time } },
          lastState: {},
        },
      ],
      conditions: [
        'PodReadyToStartContainers',
        'Initialized',
        'Ready',
        'ContainersReady',
        'PodScheduled',
      ].map((type) => ({ type, status: 'True', lastTransitionTime: time })),
    });
  });

  test('names the init containers that are not done', () => {
    const spec = { ...simple, initContainers: [{ name: 'a' }, { name: 'b' }] };
    const status = computePodStatus(podOf(spec), stateOf({ a: up }), now);
    expect(status.phase).toBe('Pending');
    expect(verdicts(status)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=False ContainersNotInitialized',
      'Ready=False ContainersNotReady',
      'ContainersReady=False ContainersNotReady',
      'PodScheduled=True',
    ]);
    expect(status.conditions?.[1]?.message).toBe('containers with incomplete status: [a b]');
    expect(status.conditions?.[2]?.message).toBe('containers with unready status: [main]');
    expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });

  test('shows a back-off as CrashLoopBackOff with the last run beside it', () => {
    const status = computePodStatus(
      podOf(simple),
      stateOf({ main: { ...done(1, 40_000), restartCount: 3 } }),
      now,
    );
    expect(status.phase).toBe('Running');
    expect(status.containerStatuses?.[0]).toMatchObject({
      restartCount: 3,
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: 'back-off 40s restarting failed container=main pod=p_n(u)',
        },
      },
      lastState: { terminated: { exitCode: 1 } },
    });
  });

  test.each<[string, number, string]>([
    ['Never', 1, 'Failed'],
    ['Never', 0, 'Succeeded'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Always', 0, 'Running'],
  ])('restartPolicy %s and exit code %i give phase %s', (restartPolicy, exitCode, phase) => {
    const status = computePodStatus(
      podOf({ ...simple, restartPolicy }),
      stateOf({ main: done(exitCode) }),
      now,
    );
    expect(status.phase).toBe(phase);
  });

  test('a pod stays Running until its sidecars have ended', () => {
    const spec: PodSpec = {
      ...simple,
      restartPolicy: 'Never',
      initContainers: [{ name: 's', restartPolicy: 'Always' }],
    };
    expect(computePodStatus(podOf(spec), stateOf({ s: up, main: done(0) }), now).phase).toBe('Running');
    expect(computePodStatus(podOf(spec), stateOf({ s: done(0), main: done(0) }), now).phase).toBe(
      'Succeeded',
    );
  });

  test('a deleted pod ends in spite of its restart policy', () => {
    const state = stateOf({ main: done(143) }, { ending: 'deleted' });
    expect(computePodStatus(podOf(simple), state, now).phase).toBe('Failed');
  });

  test('a pod over its deadline says so', () => {
    const failure = { reason: 'DeadlineExceeded', message: 'too long' };
    const status = computePodStatus(podOf(simple), stateOf({ main: up }, { ending: 'failed', failure }), now);
    expect(status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' });
    expect(verdicts(status)).toContain('Ready=False PodFailed');
  });

  test('a sidecar that is not ready keeps the pod from being ready', () => {
    const spec: PodSpec = { ...simple, initContainers: [{ name: 's', restartPolicy: 'Always' }] };
    const sidecar: Partial<ContainerState> = {
      phase: { type: 'running', startedAtMs: now, isStarted: true, isReady: false, isStopping: false },
    };
    const status = computePodStatus(podOf(spec), stateOf({ s: sidecar, main: up }), now);
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
      'containers with unready status: [s]',
    );
  });

  test('readiness gates hold back Ready alone, and conditions of others are kept', () => {
    const spec: PodSpec = { ...simple, readinessGates: [{ conditionType: 'weir.dev/answered' }] };
    const foreign = { type: 'weir.dev/answered', status: 'False' };
    const status = computePodStatus(podOf(spec, { conditions: [foreign] }), stateOf({ main: up }), now);
    expect(verdicts(status)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=False ReadinessGatesNotReady',
      'ContainersReady=True',
      'PodScheduled=True',
      'weir.dev/answered=False',
    ]);
  });

  test('transition times move only when a condition changes', () => {
    const before = computePodStatus(podOf(simple), stateOf({}), now);
    const after = computePodStatus(podOf(simple, before), stateOf({ main: up }), now + 60_000);
    const times = after.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
    expect(times).toEqual([
      ['PodReadyToStartContainers', time],
      ['Initialized', time],
      ['Ready', '2026-01-01T00:01:00Z'],
      ['ContainersReady', '2026-01-01T00:01:00Z'],
      ['PodScheduled', time],
    ]);
  });

  test.each([
    [300, '0.3s'],
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
  ])('%i ms reads as %s', (ms, text) => {
    expect(formatWait(ms)).toBe(text);
  });
});
