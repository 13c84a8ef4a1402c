import type {
  ContainerState as ApiState,
  Container,
  ContainerStatus,
  Pod,
  PodStatus,
} from '@weir/api/workloads';
import { computeConditions } from './conditions.ts';
import {
  type ContainerState,
  hasInitFailed,
  isAlive,
  isInitialized,
  isOver,
  isSidecar,
  type PodState,
  restartsContainer,
  stateOf,
} from './pod-state.ts';

/** The status a pod shall have. Pure; times come from the state, and transitions of conditions from `previous`. */
export function computePodStatus(pod: Pod, state: PodState, nowMs: number): PodStatus {
  const spec = pod.spec ?? { containers: [] };
  const phase = computePhase(pod, state);
  const init = spec.initContainers ?? [];
  const status: PodStatus = {
    phase,
    startTime: toTime(state.startTimeMs),
    hostIP: state.hostIP,
    hostIPs: [{ ip: state.hostIP }],
    ...(state.podIP === null ? {} : { podIP: state.podIP, podIPs: [{ ip: state.podIP }] }),
    ...(state.failure === null ? {} : { reason: state.failure.reason, message: state.failure.message }),
    containerStatuses: spec.containers.map((container) =>
      containerStatus(
        pod,
        state,
        container,
        init.length > 0 && !isInitialized(spec, state) ? 'PodInitializing' : 'ContainerCreating',
        nowMs,
      ),
    ),
    ...(init.length === 0
      ? {}
      : {
          initContainerStatuses: init.map((container, index) =>
            containerStatus(
              pod,
              state,
              container,
              index === 0 ? 'ContainerCreating' : 'PodInitializing',
              nowMs,
            ),
          ),
        }),
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
  };
  status.conditions = computeConditions(pod, state, status, nowMs);
  return status;
}

function computePhase(pod: Pod, state: PodState): string {
  const spec = pod.spec ?? { containers: [] };
  const before = pod.status?.phase;
  // A pod that has ended stays so, also while it is deleted.
  if (before === 'Succeeded' || before === 'Failed') return before;
  if (state.ending === 'failed' || hasInitFailed(spec, state)) return 'Failed';
  const phases = spec.containers.map(({ name }) => stateOf(state, name));
  const hasNeverRun = phases.some(
    ({ phase, last }) => last === null && phase.type !== 'running' && phase.type !== 'exited',
  );
  if (hasNeverRun && !phases.some(({ phase }) => phase.type === 'running')) return 'Pending';
  // A pod that is deleted ends, whatever its restart policy.
  const isEnding = state.ending === 'deleted' && !phases.some(({ phase }) => isAlive(phase));
  if ((!isOver(spec, state) && !isEnding) || hasLivingSidecar(pod, state)) return 'Running';
  const hasFailure = phases.some(({ phase }) => phase.type === 'exited' && phase.terminated.exitCode !== 0);
  return hasFailure ? 'Failed' : 'Succeeded';
}

function hasLivingSidecar(pod: Pod, state: PodState): boolean {
  return (pod.spec?.initContainers ?? []).some(
    (container) => isSidecar(container) && stateOf(state, container.name).phase.type === 'running',
  );
}

function containerStatus(
  pod: Pod,
  state: PodState,
  container: Container,
  waitingReason: string,
  nowMs: number,
): ContainerStatus {
  const own = stateOf(state, container.name);
  const isDone = own.phase.type === 'exited' && own.phase.terminated.exitCode === 0;
  const isRegularInit =
    !isSidecar(container) && (pod.spec?.initContainers ?? []).some(({ name }) => name === container.name);
  const shown = shownState(pod, state, container, own, waitingReason, nowMs);
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ...(own.containerId === null ? {} : { containerID: `process://${own.containerId}` }),
    restartCount: own.restartCount,
    ready: isRegularInit ? isDone : own.phase.type === 'running' && own.phase.isReady,
    started: own.phase.type === 'running' && own.phase.isStarted,
    state: shown.state,
    lastState: shown.last === null ? {} : { terminated: shown.last },
  };
}

function shownState(
  pod: Pod,
  state: PodState,
  container: Container,
  own: ContainerState,
  waitingReason: string,
  nowMs: number,
): { readonly state: ApiState; readonly last: ContainerState['last'] } {
  const { phase, last } = own;
  switch (phase.type) {
    case 'idle':
    case 'starting':
      return { state: { waiting: { reason: waitingReason } }, last };
    case 'waiting':
      return { state: { waiting: { reason: phase.reason, message: phase.message } }, last };
    case 'running':
      return { state: { running: { startedAt: toTime(phase.startedAtMs) } }, last };
    case 'exited': {
      const spec = pod.spec ?? { containers: [] };
      const restarts = restartsContainer(spec, container, phase.terminated.exitCode);
      if (!restarts || state.ending !== null || phase.retryAtMs <= nowMs)
        return { state: { terminated: phase.terminated }, last };
      const message = `back-off ${formatWait(phase.backoffMs)} restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
      return { state: { waiting: { reason: 'CrashLoopBackOff', message } }, last: phase.terminated };
    }
  }
}

/** As Go prints durations: 10s, 1m20s, 5m0s. */
export function formatWait(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}

export function toTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
