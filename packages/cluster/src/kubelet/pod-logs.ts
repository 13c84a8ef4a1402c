import { existsSync } from 'node:fs';
import type { Pod } from '@weir/api/workloads';
import { KubeError } from '@weir/kube';
import type { PodLogOptions, PodLogSource } from '../apiserver/contracts.ts';
import type { LogStore } from '../runtime/index.ts';
import { podDirs, type StateDirs } from './pod-dirs.ts';
import { allContainers } from './pod-state.ts';

export interface LoggedPod {
  readonly pod: Pod;
  runOf(container: string): { readonly attempt: number; readonly hasStarted: boolean } | undefined;
}

/** Logs of the pods of this node; refusals have the words of the real kubelet. */
export function createPodLogs(
  findPod: (uid: string) => LoggedPod | undefined,
  logs: LogStore,
  dirs: StateDirs,
): PodLogSource {
  return {
    async *open({ name, uid }, options) {
      const file = logFileOf(findPod(uid), name, options, podDirs(dirs, uid));
      yield* logs.read(file, {
        follow: options.follow && !options.previous,
        signal: options.signal,
        ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
        ...(options.sinceSeconds === undefined ? {} : { sinceMs: Date.now() - options.sinceSeconds * 1000 }),
        ...(options.timestamps === undefined ? {} : { timestamps: options.timestamps }),
        ...(options.limitBytes === undefined ? {} : { limitBytes: options.limitBytes }),
      });
    },
  };
}

function logFileOf(
  found: LoggedPod | undefined,
  podName: string,
  { container, previous }: PodLogOptions,
  files: ReturnType<typeof podDirs>,
): string {
  if (found === undefined) throw refusal(`pod "${podName}" is not running on this node`);
  if (!allContainers(found.pod.spec ?? { containers: [] }).some(({ name }) => name === container))
    throw refusal(`container ${container} is not valid for pod ${podName}`);
  const run = found.runOf(container) ?? { attempt: 0, hasStarted: false };
  const file = files.logFile(container, previous ? run.attempt - 1 : run.attempt);
  if (previous && !existsSync(file))
    throw refusal(`previous terminated container "${container}" in pod "${podName}" not found`);
  if (!run.hasStarted && !existsSync(file)) {
    const statuses = [
      ...(found.pod.status?.containerStatuses ?? []),
      ...(found.pod.status?.initContainerStatuses ?? []),
    ];
    const reason =
      statuses.find(({ name }) => name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
    throw refusal(`container "${container}" in pod "${podName}" is waiting to start: ${reason}`);
  }
  return file;
}

function refusal(message: string): KubeError {
  return new KubeError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'BadRequest',
    code: 400,
  });
}
