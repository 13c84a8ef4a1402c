import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseQuantity } from '@weir/api/meta';
import type { PodSpec } from '@weir/api/workloads';
import { delay } from '@weir/kube';

export interface LimitedVolume {
  readonly name: string;
  readonly hostPath: string;
  /** As written in the pod. */
  readonly limit: string;
  readonly limitBytes: number;
}

interface LimitedPod {
  limitedVolumes(): readonly LimitedVolume[];
  evict(message: string): void;
}

const blockBytes = 512;

/** Evicts pods whose emptyDir volumes have outgrown their sizeLimit. Costs nothing for pods without such a limit. */
export function watchSizes(
  pods: () => Iterable<LimitedPod>,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): void {
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      for (const pod of pods()) await check(pod);
      await delay(intervalMs, signal);
    }
  };
  void run();
}

export function limitedVolumesOf(
  spec: PodSpec,
  folderOf: (volume: string) => string | undefined,
): LimitedVolume[] {
  return (spec.volumes ?? []).flatMap(({ name, emptyDir }) => {
    const limit = emptyDir?.sizeLimit;
    const hostPath = folderOf(name);
    if (limit === undefined || hostPath === undefined) return [];
    const limitBytes = parseQuantity(limit);
    return limitBytes === null || limitBytes <= 0
      ? []
      : [{ name, hostPath, limit: String(limit), limitBytes }];
  });
}

async function check(pod: LimitedPod): Promise<void> {
  for (const { name, hostPath, limit, limitBytes } of pod.limitedVolumes()) {
    if ((await measure(hostPath)) > limitBytes)
      return pod.evict(`Usage of EmptyDir volume "${name}" exceeds the limit "${limit}".`);
  }
}

/** Bytes that a folder takes on disk; what vanishes meanwhile counts nothing. */
async function measure(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += await measure(path);
    else
      sum += await lstat(path).then(
        ({ blocks }) => blocks * blockBytes,
        () => 0,
      );
  }
  return sum;
}
