import type { ObjectRef } from '@weir/api/meta';
import type { Container, PodSpec } from '@weir/api/workloads';
import { initializerName } from '@weir/storage/attach';
import type { DesiredInput } from './input.ts';
import { liveObject } from './live-object.ts';

interface LiveSpec {
  readonly template?: { readonly spec?: PodSpec };
  readonly leaderWorkerTemplate?: { readonly workerTemplate?: { readonly spec?: PodSpec } };
}

/** The storage initializer of a workload as it runs now. */
export function liveInitializer(
  input: Pick<DesiredInput, 'observed'>,
  workload: Pick<ObjectRef, 'kind' | 'name'>,
): Container | undefined {
  const live = liveObject(input, workload);
  const spec = (live as { readonly spec?: LiveSpec } | undefined)?.spec;
  const pod = spec?.template?.spec ?? spec?.leaderWorkerTemplate?.workerTemplate?.spec;
  return pod?.initContainers?.find(({ name }) => name === initializerName);
}
