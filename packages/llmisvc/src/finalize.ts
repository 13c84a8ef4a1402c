import { type KubeObject, keyOf, type ObjectRef, type ResourceKind, resources } from '@weir/api/meta';
import {
  type LLMInferenceService,
  nameLabel,
  partOf,
  partOfLabel,
  servingResources,
} from '@weir/api/serving';
import { type Client, isKubeError, isOwnedBy } from '@weir/kube';
import type { ObservedChild } from './desired/index.ts';
import { authBindingName } from './desired/rbac.ts';

interface DeleteOptions {
  readonly kinds: readonly ResourceKind[];
  readonly bindings: ResourceKind;
  /** Local copies of what the service owns. */
  readonly copies: readonly ObservedChild[];
  readonly signal: AbortSignal;
}

/** What `--cascade=orphan` adds: the children are to stay, and the garbage collector lets them go. */
const orphanFinalizer = 'orphan';

/**
 * Deletes the children of a service, unless they are to stay, as the server lists them now: the local copies may not
 * know what was created a moment ago. They do know those whose labels somebody changed, which the list leaves out.
 * Nothing is left to a garbage collector. The cluster role binding goes always: it has no owner.
 */
export async function deleteChildren(
  client: Client,
  service: LLMInferenceService,
  { kinds, bindings, copies, signal }: DeleteOptions,
): Promise<ObjectRef[]> {
  const { namespace, name } = keyOf(service);
  const deleted: ObjectRef[] = [];
  const remove = async (kind: ResourceKind, object: KubeObject): Promise<void> => {
    if (object.metadata.deletionTimestamp !== undefined) return;
    const { uid } = object.metadata;
    await client.delete(kind, keyOf(object), {
      propagationPolicy: 'Background',
      ...(uid === undefined ? {} : { uid }),
      signal,
    });
    deleted.push({ kind, ...keyOf(object) });
  };
  for (const kind of isOrphaning(service) ? [] : kinds) {
    const labelSelector = `${partOfLabel}=${partOf},${nameLabel}=${name}`;
    const listed = await listIfServed(client, kind, { namespace, labelSelector, signal });
    for (const child of listed) if (isOwnedBy(child, service)) await remove(kind, child);
    const uids = new Set(listed.map(({ metadata }) => metadata.uid));
    const relabelled = copies.filter((copy) => copy.kind === kind && !uids.has(copy.object.metadata.uid));
    for (const { object } of relabelled) await remove(kind, object);
  }
  const binding = await client.find(
    bindings,
    { namespace: '', name: authBindingName(namespace, name) },
    { signal },
  );
  if (binding?.metadata.labels?.[partOfLabel] === partOf && binding.metadata.labels[nameLabel] === name)
    await remove(bindings, binding);
  return deleted;
}

/** What the services of a namespace share goes with the last of them, unless somebody else made it. */
export async function deleteShared(
  client: Client,
  service: LLMInferenceService,
  others: readonly LLMInferenceService[],
  shared: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isLast = others.every(
    ({ metadata }) => metadata.uid === service.metadata.uid || metadata.deletionTimestamp !== undefined,
  );
  if (!isLast || isOrphaning(service) || shared?.metadata.labels?.[partOfLabel] !== partOf) return;
  await client.delete(resources.configMaps, keyOf(shared), { signal });
}

function isOrphaning({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(orphanFinalizer) === true;
}

/** A kind whose CRD is missing has no objects. */
async function listIfServed(
  client: Client,
  kind: ResourceKind,
  options: { readonly namespace: string; readonly labelSelector: string; readonly signal: AbortSignal },
): Promise<KubeObject[]> {
  try {
    return (await client.list(kind, options)).items;
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return [];
    throw error;
  }
}

/** Adds or removes the finalizer; refused by the server when the object changed meanwhile. */
export async function setFinalizer(
  client: Client,
  service: LLMInferenceService,
  finalizer: string,
  isWanted: boolean,
  signal: AbortSignal,
): Promise<LLMInferenceService> {
  const others = (service.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  const finalizers = isWanted ? [...others, finalizer] : others;
  const { resourceVersion } = service.metadata;
  return client.patch(
    servingResources.services,
    keyOf(service),
    { metadata: { resourceVersion, finalizers } },
    { signal },
  );
}
