import type { KubeObject, ObjectRef, ResourceKind } from '@weir/api/meta';
import { keyOf, keyText } from '@weir/api/meta';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

export interface DesiredObject {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
}

export interface AppliedObject {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/** An object of the wanted name belongs to somebody else; it is never taken over. */
export class NotOwnedError extends Error {
  readonly reference: ObjectRef;
  constructor(reference: ObjectRef, owner: KubeObject, existing: KubeObject) {
    super(
      `${reference.kind.kind} ${keyText(reference)} exists and is not controlled by ${owner.kind} ` +
        `${keyText(keyOf(owner))} (${controllerOf(existing)}) — delete or rename it`,
    );
    this.name = 'NotOwnedError';
    this.reference = reference;
  }
}

interface OwnedOptions {
  readonly signal?: AbortSignal;
}

/**
 * Applies an object that carries its controller reference already. One that exists under another controller is
 * refused with `NotOwnedError`. `known` is the local copy: without one the object is taken for new, which costs no
 * look first, because fields of others are not taken over then; the server refuses, and only then it is looked at.
 */
export async function applyOwned(
  client: Client,
  owner: KubeObject,
  { kind, object }: DesiredObject,
  known: KubeObject | undefined,
  options: OwnedOptions = {},
): Promise<AppliedObject> {
  if (known !== undefined && !mayWrite(object, known, owner)) {
    throw new NotOwnedError({ kind, ...keyOf(object) }, owner, known);
  }
  try {
    const force = known !== undefined || isShared(object);
    const result = await client.applyOrCreate<KubeObject>(kind, object, { ...options, force });
    const isSame = known?.metadata.resourceVersion === result.object.metadata.resourceVersion;
    const outcome = result.isNew ? 'created' : isSame ? 'unchanged' : 'updated';
    return { kind, object: result.object, outcome };
  } catch (error) {
    if (known !== undefined || !isKubeError(error, 'Conflict', 'Invalid')) throw error;
    const live = await client.find(kind, keyOf(object), options);
    if (live === undefined) throw error;
    return applyOwned(client, owner, { kind, object }, live, options);
  }
}

/** Deletes an object unless it is going already or belongs to somebody else; tells whether it did. */
export async function deleteOwned(
  client: Client,
  owner: KubeObject,
  reference: ObjectRef,
  known: KubeObject | undefined,
  options: OwnedOptions = {},
): Promise<boolean> {
  const existing = known ?? (await client.find(reference.kind, reference, options));
  if (existing === undefined || existing.metadata.deletionTimestamp !== undefined) return false;
  if (!isOwnedBy(existing, owner)) return false;
  const { uid } = existing.metadata;
  await client.delete(reference.kind, reference, {
    propagationPolicy: 'Background',
    ...(uid === undefined ? {} : { uid }),
    ...options,
  });
  return true;
}

/** Cluster-scoped children of namespaced owners carry no owner reference: their labels say whose they are. */
function mayWrite(object: KubeObject, known: KubeObject, owner: KubeObject): boolean {
  if (isShared(object)) return true;
  if ((object.metadata.ownerReferences ?? []).length > 0) return isOwnedBy(known, owner);
  const { labels = {} } = known.metadata;
  return Object.entries(object.metadata.labels ?? {}).every(([key, value]) => labels[key] === value);
}

/** Several owners of a namespace write the same object, so none of them owns it. */
function isShared({ metadata }: KubeObject): boolean {
  return metadata.namespace !== undefined && (metadata.ownerReferences ?? []).length === 0;
}

function controllerOf({ metadata }: KubeObject): string {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return controller === undefined
    ? 'nobody controls it'
    : `it is controlled by ${controller.kind} ${controller.name}`;
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const references = object.metadata.ownerReferences ?? [];
  return references.length === 0
    ? object.metadata.namespace === undefined
    : references.some((reference) => reference.uid === owner.metadata.uid && reference.controller === true);
}
