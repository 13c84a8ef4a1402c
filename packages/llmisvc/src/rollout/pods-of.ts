import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { resources } from '@weir/api/meta';

/** Where each kind of workload keeps what its pods are made of; another one there replaces them. */
const fields: ReadonlyMap<ResourceKind['plural'], string> = new Map([
  [resources.deployments.plural, 'template'],
  [resources.leaderWorkerSets.plural, 'leaderWorkerTemplate'],
]);

type WithSpec = KubeObject & { readonly spec?: Readonly<Record<string, unknown>> };

/** What the pods of a workload are made of; undefined for kinds that run none. */
export function podsOf(kind: ResourceKind, object: KubeObject): unknown {
  const field = fields.get(kind.plural);
  return field === undefined ? undefined : (object as WithSpec).spec?.[field];
}

/** The same workload with other pods. */
export function withPods(kind: ResourceKind, object: KubeObject, pods: unknown): KubeObject {
  const field = fields.get(kind.plural);
  if (field === undefined) return object;
  return { ...object, spec: { ...(object as WithSpec).spec, [field]: pods } } as KubeObject;
}
