import type { KubeObject, ObjectKey, ResourceKind } from '@weir/api/meta';
import type { Informer } from '@weir/kube';
import type { Sources } from './sources.ts';

/** What this process knows of the objects of a cluster, by kind. */
export interface LocalCopies {
  get(kind: ResourceKind, key: ObjectKey): KubeObject | undefined;
  /** Notes the answer to a write. */
  remember(kind: ResourceKind, object: KubeObject): void;
}

export function localCopies(sources: Sources): LocalCopies {
  const informers = Object.values(sources) as readonly Informer[];
  const byKind = new Map(informers.map((informer) => [identityOf(informer.kind), informer]));
  return {
    get: (kind, key) => byKind.get(identityOf(kind))?.get(key),
    remember: (kind, object) => byKind.get(identityOf(kind))?.remember(object),
  };
}

function identityOf({ group, version, plural }: ResourceKind): string {
  return `${group}/${version}/${plural}`;
}
