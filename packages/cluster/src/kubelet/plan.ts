import type { Container, PodSpec } from '@weir/api/workloads';
import {
  type ContainerPhase,
  isAlive,
  isOver,
  isSidecar,
  mayRestart,
  type PodState,
  restartPolicyOf,
  stateOf,
} from './pod-state.ts';

export type PodAction =
  | { readonly type: 'prepare' }
  | { readonly type: 'start'; readonly container: string }
  | { readonly type: 'stop'; readonly container: string }
  /** activeDeadlineSeconds has passed: everything ends and the pod fails. */
  | { readonly type: 'expire' }
  /** Nothing runs any more: give back what the pod holds. */
  | { readonly type: 'finish' };

export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** When to look again although nothing happens; null: never. */
  readonly wakeAtMs: number | null;
}

const nothing: PodPlan = { actions: [], wakeAtMs: null };

/** What to do next for a pod. Level-based: the answer depends on nothing but the arguments. */
export function planPod(spec: PodSpec, state: PodState, nowMs: number): PodPlan {
  if (state.ending !== null || isOver(spec, state)) return planEnd(spec, state);
  const deadlineMs =
    spec.activeDeadlineSeconds === undefined ? null : state.startTimeMs + spec.activeDeadlineSeconds * 1000;
  if (deadlineMs !== null && nowMs >= deadlineMs) return { actions: [{ type: 'expire' }], wakeAtMs: null };
  const plan = state.isPrepared ? planRun(spec, state, nowMs) : planPreparation(state, nowMs);
  return { actions: plan.actions, wakeAtMs: earliest(plan.wakeAtMs, deadlineMs) };
}

function planPreparation(state: PodState, nowMs: number): PodPlan {
  if (state.prepareRetryAtMs > nowMs) return { actions: [], wakeAtMs: state.prepareRetryAtMs };
  return { actions: [{ type: 'prepare' }], wakeAtMs: null };
}

/** Main containers end together; then the sidecars, last started first, each after the one before it is gone. */
function planEnd(spec: PodSpec, state: PodState): PodPlan {
  const init = spec.initContainers ?? [];
  const first = [...spec.containers, ...init.filter((container) => !isSidecar(container))].filter(isRunning);
  if (first.length > 0) return { actions: stopAll(first), wakeAtMs: null };
  const sidecar = init.filter(isSidecar).findLast(isRunning);
  if (sidecar !== undefined) return { actions: stopAll([sidecar]), wakeAtMs: null };
  return { actions: [{ type: 'finish' }], wakeAtMs: null };

  function isRunning(container: Container): boolean {
    return isAlive(stateOf(state, container.name).phase);
  }
  function stopAll(containers: readonly Container[]): PodAction[] {
    return containers
      .filter(({ name }) => {
        const { phase } = stateOf(state, name);
        return phase.type === 'running' && !phase.isStopping;
      })
      .map(({ name }) => ({ type: 'stop', container: name }));
  }
}

function planRun(spec: PodSpec, state: PodState, nowMs: number): PodPlan {
  const plans: PodPlan[] = [];
  for (const container of spec.initContainers ?? []) {
    const { phase } = stateOf(state, container.name);
    const isDone = isSidecar(container)
      ? phase.type === 'running' && phase.isStarted
      : phase.type === 'exited' && phase.terminated.exitCode === 0;
    if (isDone) continue;
    plans.push(planStart(container.name, phase, nowMs));
    // A sidecar that died after the main containers were up must not hold them back.
    if (!isSidecar(container) || !hasMainStarted(spec, state)) return merge(plans);
  }
  const policy = restartPolicyOf(spec);
  for (const { name } of spec.containers) {
    const { phase } = stateOf(state, name);
    if (phase.type === 'exited' && !mayRestart(policy, phase.terminated.exitCode)) continue;
    plans.push(planStart(name, phase, nowMs));
  }
  return merge(plans);
}

function planStart(name: string, phase: ContainerPhase, nowMs: number): PodPlan {
  if (isAlive(phase)) return nothing;
  if ((phase.type === 'waiting' || phase.type === 'exited') && phase.retryAtMs > nowMs)
    return { actions: [], wakeAtMs: phase.retryAtMs };
  return { actions: [{ type: 'start', container: name }], wakeAtMs: null };
}

function hasMainStarted(spec: PodSpec, state: PodState): boolean {
  return spec.containers.some(({ name }) => {
    const { phase } = stateOf(state, name);
    return phase.type === 'running' || phase.type === 'exited';
  });
}

function merge(plans: readonly PodPlan[]): PodPlan {
  return {
    actions: plans.flatMap(({ actions }) => actions),
    wakeAtMs: plans.reduce<number | null>((soonest, { wakeAtMs }) => earliest(soonest, wakeAtMs), null),
  };
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
