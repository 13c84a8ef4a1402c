import type { Pod, PodCondition, PodStatus } from '@weir/api/workloads';
import { isInitialized, isSidecar, type PodState } from './pod-state.ts';
import { toTime } from './status.ts';

type Verdict = { readonly status: 'True' | 'False'; readonly reason?: string; readonly message?: string };

/** Conditions written by others, such as readiness gates, stay as they are. */
export function computeConditions(
  pod: Pod,
  state: PodState,
  status: PodStatus,
  nowMs: number,
): PodCondition[] {
  const previous = pod.status?.conditions ?? [];
  const containersReady = readContainers(pod, status);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: state.isPrepared ? 'True' : 'False' },
    Initialized: readInit(pod, state, status),
    Ready: readGates(pod, containersReady),
    ContainersReady: containersReady,
    PodScheduled: { status: 'True' },
  };
  const own = Object.entries(verdicts).map(([type, verdict]) => {
    const before = previous.find((condition) => condition.type === type);
    const isSame = before?.status === verdict.status && before.lastTransitionTime !== undefined;
    return {
      type,
      ...verdict,
      lastTransitionTime: isSame ? (before.lastTransitionTime ?? toTime(nowMs)) : toTime(nowMs),
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
  });
  return [...own, ...previous.filter(({ type }) => !(type in verdicts))];
}

function readInit(pod: Pod, state: PodState, status: PodStatus): Verdict {
  const spec = pod.spec ?? { containers: [] };
  if (isInitialized(spec, state)) return { status: 'True' };
  if (status.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const incomplete = (spec.initContainers ?? []).filter((container) => {
    const own = status.initContainerStatuses?.find(({ name }) => name === container.name);
    return isSidecar(container) ? own?.started !== true : own?.ready !== true;
  });
  const names = incomplete.map(({ name }) => name).join(' ');
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function readContainers(pod: Pod, status: PodStatus): Verdict {
  if (status.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (status.phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = (status.initContainerStatuses ?? []).filter(({ name }) =>
    pod.spec?.initContainers?.some((container) => container.name === name && isSidecar(container)),
  );
  const unready = [...sidecars, ...(status.containerStatuses ?? [])].filter(({ ready }) => !ready);
  if (unready.length === 0) return { status: 'True' };
  const names = unready.map(({ name }) => name).join(' ');
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${names}]`,
  };
}

function readGates(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const missing = (pod.spec?.readinessGates ?? []).filter(
    (gate) => pod.status?.conditions?.find(({ type }) => type === gate.conditionType)?.status !== 'True',
  );
  if (missing.length === 0) return { status: 'True' };
  const messages = missing.map(
    ({ conditionType }) => `the status of pod readiness gate "${conditionType}" is not "True"`,
  );
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
