import type { Container, ContainerStateTerminated, PodSpec } from '@weir/api/workloads';

export type ContainerPhase =
  /** Not started yet. */
  | { readonly type: 'idle' }
  /** Could not be started; tried again at `retryAtMs`. */
  | {
      readonly type: 'waiting';
      readonly reason: string;
      readonly message: string;
      readonly retryAtMs: number;
    }
  /** A start or a stop is under way. */
  | { readonly type: 'starting' }
  | {
      readonly type: 'running';
      readonly startedAtMs: number;
      /** The startup probe has succeeded, or there is none. */
      readonly isStarted: boolean;
      readonly isReady: boolean;
      readonly isStopping: boolean;
    }
  | {
      readonly type: 'exited';
      readonly terminated: ContainerStateTerminated;
      /** Earliest time of the next start. */
      readonly retryAtMs: number;
      readonly backoffMs: number;
    };

export interface ContainerState {
  readonly phase: ContainerPhase;
  readonly restartCount: number;
  /** How the run before ended. */
  readonly last: ContainerStateTerminated | null;
  readonly containerId: string | null;
}

/** What the kubelet knows about a pod's life on this node; with the spec it determines what to do and to report. */
export interface PodState {
  readonly containers: Readonly<Record<string, ContainerState>>;
  /** Address and volumes are there. */
  readonly isPrepared: boolean;
  /** After a failed preparation: when to try again. */
  readonly prepareRetryAtMs: number;
  readonly podIP: string | null;
  readonly hostIP: string;
  readonly startTimeMs: number;
  /** Why all containers must end: the pod is deleted, its deadline passed, or the kubelet stops. */
  readonly ending: 'deleted' | 'failed' | 'shutdown' | null;
  /** Set with `ending: 'failed'`: status.reason and message. */
  readonly failure: { readonly reason: string; readonly message: string } | null;
}

export const idleContainer: ContainerState = {
  phase: { type: 'idle' },
  restartCount: 0,
  last: null,
  containerId: null,
};

export function stateOf(state: PodState, name: string): ContainerState {
  return state.containers[name] ?? idleContainer;
}

/** An init container that keeps running beside the main ones. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function allContainers(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export function restartPolicyOf(spec: PodSpec): RestartPolicy {
  return (spec.restartPolicy ?? 'Always') as RestartPolicy;
}

/** Whether a main container that ended this way is started again. */
export function mayRestart(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** The same for any container of the pod: a regular init container is done when it succeeds. */
export function restartsContainer(spec: PodSpec, container: Container, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  const isInit = (spec.initContainers ?? []).some(({ name }) => name === container.name);
  return mayRestart(restartPolicyOf(spec), exitCode) && !(isInit && exitCode === 0);
}

export function isAlive(phase: ContainerPhase): boolean {
  return phase.type === 'running' || phase.type === 'starting';
}

/** All main containers have ended for good, or initialisation has failed for good. */
export function isOver(spec: PodSpec, state: PodState): boolean {
  if (state.ending === 'failed') return true;
  return hasInitFailed(spec, state) || spec.containers.every((container) => hasEnded(spec, state, container));
}

export function hasInitFailed(spec: PodSpec, state: PodState): boolean {
  if (restartPolicyOf(spec) !== 'Never') return false;
  return (spec.initContainers ?? []).some((container) => {
    const { phase } = stateOf(state, container.name);
    return !isSidecar(container) && phase.type === 'exited' && phase.terminated.exitCode !== 0;
  });
}

export function isInitialized(spec: PodSpec, state: PodState): boolean {
  return (spec.initContainers ?? []).every((container) => {
    const { phase } = stateOf(state, container.name);
    if (isSidecar(container)) return phase.type === 'running' && phase.isStarted;
    return phase.type === 'exited' && phase.terminated.exitCode === 0;
  });
}

function hasEnded(spec: PodSpec, state: PodState, container: Container): boolean {
  const { phase } = stateOf(state, container.name);
  return phase.type === 'exited' && !mayRestart(restartPolicyOf(spec), phase.terminated.exitCode);
}
