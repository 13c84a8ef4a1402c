import {
  componentLabel,
  components,
  conditionReasons,
  mainContainer,
  storageInitializerContainer,
} from '@weir/api/serving';
import type { ContainerState, ContainerStatus, Pod } from '@weir/api/workloads';

/** Why a workload is not ready, as far as its pods tell for certain. */
interface PodCause {
  readonly reason: string;
  readonly message: string;
  /** For the STAGE column. */
  readonly stage: string;
}

/** The most telling cause among the engine pods of some components, or null when they say nothing. */
export function engineCause(
  pods: readonly Pod[],
  of: readonly string[] = [components.workload],
): PodCause | null {
  const causes = of.flatMap((one) => livePods(pods, one)).flatMap((pod) => causeOf(pod) ?? []);
  return causes.find(({ stage }) => stage === 'Failed') ?? causes[0] ?? null;
}

/** Why the endpoint picker does not run, or null when its pods say nothing. */
export function schedulerCause(pods: readonly Pod[]): PodCause | null {
  const causes = livePods(pods, components.scheduler).flatMap((pod) => causeOf(pod) ?? []);
  return causes.find(({ stage }) => stage === 'Failed') ?? null;
}

/** Of every role and topology; their components have the first one's name in common. */
function enginePods(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ metadata }) => metadata.labels?.[componentLabel]?.startsWith(components.workload));
}

function livePods(pods: readonly Pod[], component: string): Pod[] {
  return pods
    .filter(({ metadata }) => metadata.labels?.[componentLabel] === component)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1));
}

function causeOf(pod: Pod): PodCause | null {
  const unscheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled !== undefined) {
    return {
      reason: conditionReasons.unschedulable,
      message: `Pod ${pod.metadata.name} waits for a node: ${unscheduled.message ?? unscheduled.reason ?? 'unknown'}`,
      stage: 'Pending',
    };
  }
  for (const status of pod.status?.initContainerStatuses ?? []) {
    const cause = containerCause(pod, status) ?? initializerProgress(pod, status);
    if (cause !== null) return cause;
  }
  for (const status of pod.status?.containerStatuses ?? []) {
    const cause = containerCause(pod, status) ?? loadingProgress(pod, status);
    if (cause !== null) return cause;
  }
  return null;
}

const waitingReasons: Readonly<Record<string, string>> = {
  ErrImagePull: conditionReasons.imagePullFailed,
  ImagePullBackOff: conditionReasons.imagePullFailed,
  InvalidImageName: conditionReasons.imagePullFailed,
  ImageNotRunnableLocally: conditionReasons.imageNotRunnableLocally,
  CreateContainerConfigError: conditionReasons.volumeNotReady,
  CreateContainerError: conditionReasons.engineCrash,
  RunContainerError: conditionReasons.engineCrash,
};

const commandHint = ' — correct its command in spec.template.containers';

function containerCause(pod: Pod, status: ContainerStatus): PodCause | null {
  const { waiting, terminated } = status.state ?? {};
  const known = waitingReasons[waiting?.reason ?? ''];
  if (known !== undefined) {
    const hint = waiting?.reason === 'RunContainerError' ? commandHint : '';
    const message = `Container ${status.name} of pod ${pod.metadata.name}: ${waiting?.message ?? waiting?.reason ?? ''}${hint}`;
    return { reason: known, message, stage: 'Failed' };
  }
  const ended =
    terminated ?? (waiting?.reason === 'CrashLoopBackOff' ? status.lastState?.terminated : undefined);
  if (ended === undefined || ended.exitCode === 0) return null;
  return status.name === storageInitializerContainer
    ? downloadFailure(pod, ended)
    : crash(pod, status.name, ended);
}

type Terminated = NonNullable<ContainerState['terminated']>;

/** The initializer explains itself in its termination message. */
function downloadFailure(pod: Pod, ended: Terminated): PodCause {
  const report = parseReport(ended.message);
  const known = [
    conditionReasons.modelDownloadFailed,
    conditionReasons.modelAccessDenied,
    conditionReasons.modelNotFound,
  ].find((reason) => reason === report?.reason);
  const text =
    typeof report?.message === 'string'
      ? `${report.message}${triedText(report.message, report.tried)}`
      : `exit code ${ended.exitCode}: ${lastLine(ended.message)}`;
  return {
    reason: known ?? conditionReasons.modelDownloadFailed,
    message: `Pod ${pod.metadata.name} could not fetch the model: ${text}`,
    stage: 'Failed',
  };
}

/** What was tried, unless the message tells it already. */
function triedText(message: string, tried: unknown): string {
  const untold = Array.isArray(tried) ? tried.filter((one) => !message.includes(String(one))) : [];
  return untold.length === 0 ? '' : ` — tried: ${untold.join(', ')}`;
}

function crash(pod: Pod, container: string, ended: Terminated): PodCause {
  const isOutOfMemory = ended.reason === 'OOMKilled';
  const signal = ended.signal === undefined ? '' : ` (signal ${ended.signal})`;
  const detail = lastLine(ended.message);
  return {
    reason: isOutOfMemory ? conditionReasons.outOfMemory : conditionReasons.engineCrash,
    message:
      `Container ${container} of pod ${pod.metadata.name} ` +
      (isOutOfMemory
        ? 'was ended for lack of memory — raise its memory limit or serve a smaller model'
        : `ended with exit code ${ended.exitCode}${signal}${detail === '' ? '' : `: ${detail}`}` +
          (ended.reason === 'StartError' ? commandHint : ' — see its log')),
    stage: 'Failed',
  };
}

function initializerProgress(pod: Pod, status: ContainerStatus): PodCause | null {
  if (status.name !== storageInitializerContainer || status.state?.running === undefined) return null;
  return {
    reason: conditionReasons.modelDownloading,
    message: `Pod ${pod.metadata.name} fetches the model; its container ${status.name} logs the progress`,
    stage: 'Downloading',
  };
}

function loadingProgress(pod: Pod, status: ContainerStatus): PodCause | null {
  if (status.name !== mainContainer || status.ready || status.state?.running === undefined) return null;
  return {
    reason: conditionReasons.modelLoading,
    message: `The engine of pod ${pod.metadata.name} loads the model`,
    stage: 'Loading',
  };
}

/** What the storage initializers of the pods fetched instead of the wanted URI, if anything. */
export function substitutionOf(
  pods: readonly Pod[],
): { readonly uri: string; readonly substituted: string } | null {
  for (const pod of enginePods(pods)) {
    const initializer = pod.status?.initContainerStatuses?.find(
      ({ name }) => name === storageInitializerContainer,
    );
    const report = parseReport(initializer?.state?.terminated?.message);
    if (typeof report?.uri === 'string' && typeof report.substituted === 'string') {
      return { uri: report.uri, substituted: report.substituted };
    }
  }
  return null;
}

function parseReport(message: string | undefined): Readonly<Record<string, unknown>> | null {
  if (message === undefined || !message.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** The last line of what a program wrote; of a structured one its error, else its message. */
function lastLine(text: string | undefined): string {
  const line = (text ?? '').trim().split('\n').at(-1) ?? '';
  const { error, msg } = (parseReport(line) ?? {}) as { error?: { message?: unknown } | null; msg?: unknown };
  const told = [error?.message, error, msg].find((one) => typeof one === 'string') ?? line;
  return String(told).slice(0, 200);
}
