import type { ContainerStatus, Pod } from '@weir/api/workloads';
import { durationText } from './age.ts';
import { ageColumn, column, none } from './cells.ts';
import { nameColumn } from './custom-columns.ts';
import type { Column } from './table.ts';

export const podColumns: readonly Column[] = [
  nameColumn,
  column<Pod>('Ready', 'string', readyText),
  column<Pod>('Status', 'string', podStatusText),
  column<Pod>('Restarts', 'string', restartsText),
  ageColumn,
  column<Pod>('IP', 'string', (pod) => pod.status?.podIP || none, 1),
  column<Pod>('Node', 'string', (pod) => pod.spec?.nodeName || none, 1),
  column<Pod>('Nominated Node', 'string', (pod) => pod.status?.nominatedNodeName || none, 1),
  column<Pod>('Readiness Gates', 'string', readinessGatesText, 1),
];

/** Containers that count: the ordinary ones and the init containers that stay. */
function lastingStatuses(pod: Pod): ContainerStatus[] {
  const sidecars = sidecarNames(pod);
  const init = (pod.status?.initContainerStatuses ?? []).filter((status) => sidecars.has(status.name));
  return [...(pod.status?.containerStatuses ?? []), ...init];
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    (container) => container.restartPolicy === 'Always',
  );
  return new Set(sidecars.map((container) => container.name));
}

function readyText(pod: Pod): string {
  const total = (pod.spec?.containers ?? []).length + sidecarNames(pod).size;
  const ready = lastingStatuses(pod).filter((status) => status.ready && status.state?.running !== undefined);
  return `${ready.length}/${total}`;
}

/** What a user should know first about a pod, as `kubectl get pods` says it. */
function podStatusText(pod: Pod): string {
  const initialising = initText(pod);
  let text = initialising ?? containerText(pod) ?? pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
  if (pod.metadata.deletionTimestamp !== undefined) {
    text = pod.status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  return text;
}

function initText(pod: Pod): string | undefined {
  const sidecars = sidecarNames(pod);
  const statuses = pod.status?.initContainerStatuses ?? [];
  const total = (pod.spec?.initContainers ?? []).length;
  for (const [index, status] of statuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(status.name) && status.started === true) continue;
    if (terminated !== undefined) return `Init:${terminatedText(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function containerText(pod: Pod): string | undefined {
  let text: string | undefined;
  let hasRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) text = waiting.reason;
    else if (terminated !== undefined) text = terminatedText(terminated);
    else if (running !== undefined && status.ready) hasRunning = true;
  }
  if (text !== 'Completed' || !hasRunning) return text;
  const isReady = pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return isReady ? 'Running' : 'NotReady';
}

function terminatedText(terminated: { exitCode: number; reason?: string; signal?: number }): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function restartsText(pod: Pod, now: Date): string {
  const isInitialising = initText(pod) !== undefined;
  const statuses = isInitialising ? (pod.status?.initContainerStatuses ?? []) : lastingStatuses(pod);
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  const ends = statuses
    .map((status) => Date.parse(status.lastState?.terminated?.finishedAt ?? ''))
    .filter(Number.isFinite);
  if (count === 0 || ends.length === 0) return String(count);
  return `${count} (${durationText(now.getTime() - Math.max(...ends))} ago)`;
}

function readinessGatesText(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const isTrue = (type: string): boolean =>
    pod.status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  return `${gates.filter((gate) => isTrue(gate.conditionType)).length}/${gates.length}`;
}
