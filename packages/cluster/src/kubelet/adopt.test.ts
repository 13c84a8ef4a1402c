import type { Pod, PodStatus } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import type { RunningContainer } from '../runtime/index.ts';
import { adoptPod, type EarlierLife } from './adopt.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

function podOf(restartPolicy: string, status: PodStatus): Pod {
  const spec = { restartPolicy, initContainers: [{ name: 'init' }], containers: [{ name: 'main' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { uid: 'u' }, spec, status };
}

function reported(
  name: string,
  state: object,
  restartCount = 0,
): NonNullable<PodStatus['containerStatuses']>[number] {
  return {
    name,
    image: '',
    imageID: '',
    ready: true,
    restartCount,
    state,
    containerID: `process://${name}-id`,
  };
}

const nothing: EarlierLife = { orphans: [], running: new Map() };

const main: RunningContainer = {
  id: 'main-id',
  attempt: 2,
  pid: 1,
  startedAt: new Date('2025-12-31T00:00:00Z'),
  exited: new Promise(() => {}),
  signal() {},
  kill() {},
  exec: () => Promise.resolve({ exitCode: 0, output: '' }),
};

const runningStatus: PodStatus = {
  phase: 'Running',
  initContainerStatuses: [reported('init', { terminated: { exitCode: 0 } })],
  containerStatuses: [reported('main', { running: { startedAt: '2025-12-31T00:00:00Z' } }, 2)],
};

test('everything of a running pod starts anew, with its restarts counted on', () => {
  expect(adoptPod(podOf('Always', runningStatus), nothing, now)).toEqual({
    init: { phase: { type: 'idle' }, restartCount: 0, last: { exitCode: 0 }, containerId: 'init-id' },
    main: {
      phase: { type: 'idle' },
      restartCount: 2,
      last: expect.objectContaining({ exitCode: 137, reason: 'ContainerStatusUnknown' }),
      containerId: 'main-id',
    },
  });
});

test('what still runs goes on as it was reported', () => {
  const running = new Map([['main', main]]);
  expect(adoptPod(podOf('Always', runningStatus), { ...nothing, running }, now).main).toEqual({
    phase: {
      type: 'running',
      startedAtMs: main.startedAt.getTime(),
      isStarted: false,
      isReady: true,
      isStopping: false,
    },
    restartCount: 2,
    last: null,
    containerId: 'main-id',
  });
});

test('a report about the run before does not make the running one ready', () => {
  const running = new Map([['main', { ...main, id: 'younger', attempt: 3 }]]);
  expect(adoptPod(podOf('Always', runningStatus), { ...nothing, running }, now).main).toMatchObject({
    phase: { type: 'running', isReady: false },
    restartCount: 3,
    containerId: 'younger',
  });
});

test('a lost container of a pod that never restarts has failed', () => {
  const adopted = adoptPod(podOf('Never', runningStatus), nothing, now);
  expect(adopted.main?.phase).toMatchObject({ type: 'exited', terminated: { exitCode: 137 } });
});

test('a pod that has ended is left as it is', () => {
  const status: PodStatus = {
    phase: 'Succeeded',
    containerStatuses: [reported('main', { terminated: { exitCode: 0 } })],
  };
  expect(adoptPod(podOf('Always', status), nothing, now).main?.phase).toMatchObject({ type: 'exited' });
});

test('an orphan tells of a run whose status was never written', () => {
  const orphan = { podUid: 'u', container: 'main', attempt: 4, pid: 1 };
  const adopted = adoptPod(podOf('Always', { phase: 'Pending' }), { ...nothing, orphans: [orphan] }, now);
  expect(adopted).toMatchObject({ main: { restartCount: 4, last: { exitCode: 137 } } });
});

test('a new pod has nothing to adopt', () => {
  expect(adoptPod(podOf('Always', {}), nothing, now)).toEqual({});
});
