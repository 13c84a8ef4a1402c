import { type KubeObject, keyOf, type ObjectKey } from '@weir/api/meta';
import { Controller, isKubeError, type ObjectChange } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import type { MetadataMonitors, MonitoredObject } from '../metadata-monitors.ts';
import { foregroundFinalizer, hasFinalizer, orphanFinalizer } from './finalizers.ts';
import { classifyOwners, type OwnerState } from './owners.ts';

/**
 * Deletes objects whose owners are all gone, and carries out foreground and orphan deletion, over every kind that the
 * server serves. Its keys are uids.
 */
export function createGarbageCollector(context: ControllerContext, monitors: MetadataMonitors): Controller {
  const unresolved = new Set<string>();
  const controller: Controller = new Controller({
    name: 'garbagecollector',
    log: context.log,
    workers: 10,
    reconcile: async ({ name: uid }, { signal }) => {
      await monitors.whenSynced();
      await collect({ context, monitors, unresolved, signal }, uid);
      return undefined;
    },
  });
  const enqueue = (uid: string): void => controller.queue.add(uid);
  monitors.onChange((change) => {
    for (const uid of affectedUids(monitors, change)) enqueue(uid);
  });
  monitors.onKinds(() => {
    for (const uid of unresolved) enqueue(uid);
    unresolved.clear();
  });
  return controller;
}

interface Collection {
  readonly context: ControllerContext;
  readonly monitors: MetadataMonitors;
  /** Objects with an owner of a kind that is not served (yet): looked at again when the kinds change. */
  readonly unresolved: Set<string>;
  readonly signal: AbortSignal;
}

/** Who has to be looked at after a change: the object itself, those it owns, and owners that wait for its end. */
function affectedUids(monitors: MetadataMonitors, { type, object }: ObjectChange<KubeObject>): string[] {
  const { uid = '', ownerReferences = [], deletionTimestamp } = object.metadata;
  const owners = ownerReferences.map((reference) => reference.uid);
  const dependents = (): string[] =>
    monitors.dependentsOf(uid).map((dependent) => dependent.object.metadata.uid ?? '');
  if (type === 'deleted') return [...dependents(), ...owners];
  if (deletionTimestamp !== undefined && hasFinalizer(object, foregroundFinalizer, orphanFinalizer)) {
    return [uid, ...dependents(), ...owners];
  }
  if (owners.length === 0) return [];
  // An owner that waits for its dependents must hear when one stops blocking it.
  return [uid, ...owners.filter((owner) => isBeingForegroundDeleted(monitors.find(owner)?.object))];
}

async function collect(collection: Collection, uid: string): Promise<void> {
  const item = collection.monitors.find(uid);
  if (item === undefined) return;
  if (item.object.metadata.deletionTimestamp !== undefined) {
    if (hasFinalizer(item.object, orphanFinalizer)) await orphanDependents(collection, item);
    else if (hasFinalizer(item.object, foregroundFinalizer)) await finishForeground(collection, item);
    return;
  }
  if ((item.object.metadata.ownerReferences ?? []).length === 0) return;
  const owners = await classifyOwners(
    collection.context.client,
    collection.monitors,
    item,
    collection.signal,
  );
  if (owners.some(({ state }) => state === 'unknown')) {
    collection.unresolved.add(uid);
    return;
  }
  const gone = owners.filter(({ state }) => state !== 'present');
  if (gone.length === 0) return;
  if (gone.length < owners.length) await dropOwners(collection, item, gone);
  else await deleteItem(collection, item, owners);
}

/** Its last owner is gone, or waits for it. */
async function deleteItem(
  { context, monitors, signal }: Collection,
  { kind, object }: MonitoredObject,
  owners: readonly OwnerState[],
): Promise<void> {
  const uid = object.metadata.uid ?? '';
  const isAwaited = owners.some(({ state }) => state === 'waiting');
  const propagationPolicy =
    isAwaited && monitors.dependentsOf(uid).length > 0
      ? 'Foreground'
      : hasFinalizer(object, orphanFinalizer)
        ? 'Orphan'
        : hasFinalizer(object, foregroundFinalizer)
          ? 'Foreground'
          : 'Background';
  context.log.debug('deleting an object without owners', { kind: kind.kind, ...keyOf(object) });
  await ignoreGone(context.client.delete(kind, keyOf(object), { uid, propagationPolicy, signal }));
}

/** Foreground deletion: the owner may go once no dependent blocks it. */
async function finishForeground(collection: Collection, item: MonitoredObject): Promise<void> {
  const uid = item.object.metadata.uid ?? '';
  const isBlocked = collection.monitors
    .dependentsOf(uid)
    .some(({ object }) =>
      object.metadata.ownerReferences?.some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
      ),
    );
  if (!isBlocked) await removeFinalizer(collection, item, foregroundFinalizer);
}

/** Orphan deletion: dependents forget the owner, then it may go. */
async function orphanDependents(collection: Collection, item: MonitoredObject): Promise<void> {
  const uid = item.object.metadata.uid ?? '';
  const dependents = collection.monitors.dependentsOf(uid);
  await Promise.all(dependents.map((dependent) => dropOwners(collection, dependent, [{ uid }])));
  await removeFinalizer(collection, item, orphanFinalizer);
}

async function dropOwners(
  { context, signal }: Collection,
  { kind, object }: MonitoredObject,
  owners: readonly { readonly uid: string }[],
): Promise<void> {
  const dropped = new Set(owners.map(({ uid }) => uid));
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !dropped.has(uid));
  await patchMetadata(context, kind, object, { ownerReferences }, signal);
}

async function removeFinalizer(
  { context, signal }: Collection,
  { kind, object }: MonitoredObject,
  finalizer: string,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  await patchMetadata(context, kind, object, { finalizers }, signal);
}

/** The resourceVersion makes sure that lists written by others meanwhile are not overwritten. */
async function patchMetadata(
  { client }: ControllerContext,
  kind: MonitoredObject['kind'],
  object: KubeObject,
  change: Partial<KubeObject['metadata']>,
  signal: AbortSignal,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata;
  const key: ObjectKey = keyOf(object);
  const patch = { metadata: { uid, resourceVersion, ...change } };
  try {
    await client.patch(kind, key, patch, { signal });
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
  }
}

/** Another object of that name is not the one that was meant. */
async function ignoreGone(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isKubeError(error, 'Conflict')) throw error;
  }
}

function isBeingForegroundDeleted(object: KubeObject | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined && hasFinalizer(object, foregroundFinalizer);
}
