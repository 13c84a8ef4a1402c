import type { ContainerStateTerminated, ContainerStatus, Pod } from '@weir/api/workloads';
import type { Orphan, RunningContainer } from '../runtime/index.ts';
import { allContainers, type ContainerState, mayRestart, restartPolicyOf } from './pod-state.ts';
import { toTime } from './status.ts';

/** What a new life of the kubelet knows of the containers of the one before. */
export interface EarlierLife {
  readonly orphans: readonly Orphan[];
  /** Those of the pod that go on running. */
  readonly running: ReadonlyMap<string, RunningContainer>;
}

/**
 * The state of a pod's containers as a new life of the kubelet finds it. What still runs goes on as it was reported. Of
 * the rest, what must not start again (a pod that ended, a main container that is done) stays as reported, and
 * everything else starts anew, with its restarts counted on. Pure.
 */
export function adoptPod(
  pod: Pod,
  { orphans, running }: EarlierLife,
  nowMs: number,
): Record<string, ContainerState> {
  const spec = pod.spec ?? { containers: [] };
  const reported = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const policy = restartPolicyOf(spec);
  const mains = new Set(spec.containers.map(({ name }) => name));
  const adopted: Record<string, ContainerState> = {};
  for (const { name } of allContainers(spec)) {
    const status = reported.find((candidate) => candidate.name === name);
    const survivor = running.get(name);
    if (survivor !== undefined) {
      adopted[name] = goOn(survivor, status);
      continue;
    }
    const orphan = orphans.find(
      (candidate) => candidate.podUid === pod.metadata.uid && candidate.container === name,
    );
    const last = lastRun(status, orphan, nowMs);
    if (last === null) continue;
    const restartCount = Math.max(status?.restartCount ?? 0, orphan?.attempt ?? 0);
    const containerId = status?.containerID?.replace('process://', '') ?? null;
    const isDone = isOver || (mains.has(name) && !mayRestart(policy, last.exitCode));
    adopted[name] = {
      phase: isDone ? { type: 'exited', terminated: last, retryAtMs: nowMs, backoffMs: 0 } : { type: 'idle' },
      restartCount,
      last: isDone ? (status?.lastState?.terminated ?? null) : last,
      containerId,
    };
  }
  return adopted;
}

/** A report about an earlier run of the container says nothing about this one but how that one ended. */
function goOn(
  { id, attempt, startedAt }: RunningContainer,
  status: ContainerStatus | undefined,
): ContainerState {
  const isOfThisRun = status?.containerID === `process://${id}`;
  return {
    phase: {
      type: 'running',
      startedAtMs: startedAt.getTime(),
      isStarted: isOfThisRun && status.started === true,
      isReady: isOfThisRun && status.ready,
      isStopping: false,
    },
    restartCount: attempt,
    last: (isOfThisRun ? status.lastState?.terminated : status?.state?.terminated) ?? null,
    containerId: id,
  };
}

function lastRun(
  status: ContainerStatus | undefined,
  orphan: Orphan | undefined,
  nowMs: number,
): ContainerStateTerminated | null {
  const { running, terminated } = status?.state ?? {};
  if (running === undefined && orphan === undefined)
    return terminated ?? status?.lastState?.terminated ?? null;
  return {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message:
      'The container was ended because its kubelet had stopped without ending it. The container used to be Running',
    ...(running?.startedAt === undefined ? {} : { startedAt: running.startedAt }),
    finishedAt: toTime(nowMs),
    ...(status?.containerID === undefined ? {} : { containerID: status.containerID }),
  };
}
