import { type KubeObject, keyOf, type ObjectKey, resources } from '@weir/api/meta';
import type { Namespace } from '@weir/api/workloads';
import { type Client, Controller, isKubeError, type Result } from '@weir/kube';
import type { ControllerContext } from '../context.ts';
import type { ServedKind } from '../discovery.ts';
import { isMonitored, type MetadataMonitors } from '../metadata-monitors.ts';
import { writeSubresource } from '../subresource.ts';

/** Keeps a namespace until everything in it is gone. Every namespace has it from the start. */
const kubernetesFinalizer = 'kubernetes';

/** Empties a namespace that is being deleted, then lets it go. */
export function createNamespaceLifecycle(context: ControllerContext, monitors: MetadataMonitors): Controller {
  const { namespaces } = context.informers;
  const controller = new Controller({
    name: 'namespace',
    log: context.log,
    workers: 2,
    reconcile: (key, { signal }) => reconcile(context, monitors, key, signal),
  });
  // The end of each object may be the end of its namespace's contents.
  monitors.onChange(({ type, object }) => {
    const name = object.metadata.namespace;
    if (type !== 'deleted' || name === undefined) return;
    const namespace = namespaces.get({ namespace: '', name });
    if (namespace?.metadata.deletionTimestamp !== undefined) controller.queue.add(name);
  });
  return controller.for(namespaces);
}

async function reconcile(
  context: ControllerContext,
  monitors: MetadataMonitors,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Result | undefined> {
  const namespace = context.informers.namespaces.get(key);
  if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
  if (!(namespace.spec?.finalizers ?? []).includes(kubernetesFinalizer)) return undefined;
  await monitors.whenSynced();
  const kinds = monitors.kinds.filter(isDeletable);
  const remaining = await Promise.all(
    kinds.map(async (kind) => ({ kind, count: await emptyOf(context.client, kind, key.name, signal) })),
  );
  const held = remaining.filter(({ count }) => count > 0);
  if (held.length === 0) return finalize(context.client, namespace, signal);
  // Finalizers or grace periods hold something back, and its end brings us here again; only nobody watches events.
  return held.every(({ kind }) => !isMonitored(kind)) ? { requeueAfterMs: 200 } : undefined;
}

/** Deletes the namespace's objects of one kind; gives how many stay for now. */
async function emptyOf(
  client: Client,
  kind: ServedKind,
  namespace: string,
  signal: AbortSignal,
): Promise<number> {
  const { items } = await client.list(kind, { namespace, signal });
  await Promise.all(items.map((object) => deleteObject(client, kind, object, signal)));
  if (items.length === 0) return 0;
  return (await client.list(kind, { namespace, signal })).items.length;
}

async function deleteObject(
  client: Client,
  kind: ServedKind,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { uid, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return;
  try {
    await client.delete(kind, keyOf(object), {
      propagationPolicy: 'Background',
      ...(uid === undefined ? {} : { uid }),
      signal,
    });
  } catch (error) {
    if (!isKubeError(error, 'Conflict')) throw error;
  }
}

async function finalize(client: Client, namespace: Namespace, signal: AbortSignal): Promise<undefined> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== kubernetesFinalizer);
  const body: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers } };
  const target = { kind: resources.namespaces, key: keyOf(namespace), subresource: 'finalize' };
  try {
    await writeSubresource(client, target, { method: 'PUT', body, signal });
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
  }
}

function isDeletable(kind: ServedKind): boolean {
  return kind.namespaced && ['list', 'delete'].every((verb) => kind.verbs.includes(verb));
}
