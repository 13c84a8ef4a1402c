import type { ObjectRef } from '@weir/api/meta';
import type { Container, PodSpec } from '@weir/api/workloads';
import { initializerName } from '@weir/storage/attach';
import type { DesiredInput } from './input.ts';

interface LiveSpec {
  readonly template?: { readonly spec?: PodSpec };
  readonly leaderWorkerTemplate?: { readonly workerTemplate?: { readonly spec?: PodSpec } };
}

/** The storage initializer of a workload as it runs now. */
export function liveInitializer(
  { observed }: Pick<DesiredInput, 'observed'>,
  workload: Pick<ObjectRef, 'kind' | 'name'>,
): Container | undefined {
  const live = observed.children.find(
    ({ kind, object }) => kind.plural === workload.kind.plural && object.metadata.name === workload.name,
  );
  const spec = (live?.object as { readonly spec?: LiveSpec } | undefined)?.spec;
  const pod = spec?.template?.spec ?? spec?.leaderWorkerTemplate?.workerTemplate?.spec;
  return pod?.initContainers?.find(({ name }) => name === initializerName);
}
