import type { KubeObject, OwnerReference } from '@weir/api/meta';
import type { Client } from '@weir/kube';
import type { MetadataMonitors, MonitoredObject } from '../metadata-monitors.ts';
import { foregroundFinalizer, hasFinalizer } from './finalizers.ts';

/**
 * `waiting`: being deleted in the foreground, so its dependents have to go first. `unknown`: of a kind that is not
 * served, or not reachable from where the dependent lives; nothing may be concluded from that.
 */
export interface OwnerState {
  readonly uid: string;
  readonly state: 'present' | 'waiting' | 'absent' | 'unknown';
}

/** What became of each owner. Only the server itself can say that one is absent: the cache may be behind. */
export function classifyOwners(
  client: Client,
  monitors: MetadataMonitors,
  item: MonitoredObject,
  signal: AbortSignal,
): Promise<OwnerState[]> {
  const references = item.object.metadata.ownerReferences ?? [];
  return Promise.all(
    references.map(async (reference) => ({
      uid: reference.uid,
      state: await classify(client, monitors, item, reference, signal),
    })),
  );
}

async function classify(
  client: Client,
  monitors: MetadataMonitors,
  item: MonitoredObject,
  reference: OwnerReference,
  signal: AbortSignal,
): Promise<OwnerState['state']> {
  const kind = monitors.kindOf(reference);
  if (kind === undefined) return 'unknown';
  const namespace = item.object.metadata.namespace ?? '';
  if (kind.namespaced && namespace === '') return 'unknown';

  const cached = monitors.find(reference.uid);
  const isSame =
    cached !== undefined &&
    cached.object.metadata.name === reference.name &&
    (!kind.namespaced || cached.object.metadata.namespace === namespace);
  if (isSame) return stateOf(cached.object);
  const key = { namespace: kind.namespaced ? namespace : '', name: reference.name };
  const current = await client.find(kind, key, { signal });
  return current?.metadata.uid === reference.uid ? stateOf(current) : 'absent';
}

function stateOf(owner: KubeObject): 'present' | 'waiting' {
  const isWaiting =
    owner.metadata.deletionTimestamp !== undefined && hasFinalizer(owner, foregroundFinalizer);
  return isWaiting ? 'waiting' : 'present';
}
