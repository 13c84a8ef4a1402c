import type { KubeObject, ObjectRef, ResourceKind } from '@weir/api/meta';
import { keyOf, keyText } from '@weir/api/meta';
import type { Client } from './client.ts';

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
  constructor(reference: ObjectRef, owner: KubeObject) {
    super(
      `${reference.kind.kind} ${keyText(reference)} exists and is not controlled by ${owner.kind} ` +
        `${keyText(keyOf(owner))} — delete or rename it`,
    );
    this.name = 'NotOwnedError';
    this.reference = reference;
  }
}

/**
 * The one writer: applies objects server-side in order, then deletes `remove`. Objects carry their controller
 * reference already; one that exists under another controller is refused with `NotOwnedError`, and so is its removal.
 */
export async function applyDesired(
  client: Client,
  owner: KubeObject,
  desired: { readonly apply: readonly DesiredObject[]; readonly remove: readonly ObjectRef[] },
  observed: (kind: ResourceKind, object: KubeObject) => KubeObject | undefined,
  options: { readonly signal?: AbortSignal } = {},
): Promise<AppliedObject[]> {
  const applied: AppliedObject[] = [];
  for (const { kind, object } of desired.apply) {
    const existing = observed(kind, object);
    if (existing !== undefined && isOwnable(object) && !isOwnedBy(existing, owner)) {
      throw new NotOwnedError({ kind, ...keyOf(object) }, owner);
    }
    const result = await client.apply<KubeObject>(kind, object, options);
    const outcome =
      existing === undefined
        ? 'created'
        : existing.metadata.resourceVersion === result.metadata.resourceVersion
          ? 'unchanged'
          : 'updated';
    applied.push({ kind, object: result, outcome });
  }
  for (const reference of desired.remove) {
    const existing = await client.find(reference.kind, reference, options);
    if (
      existing === undefined ||
      existing.metadata.deletionTimestamp !== undefined ||
      !isOwnedBy(existing, owner)
    )
      continue;
    await client.delete(reference.kind, reference, {
      propagationPolicy: 'Background',
      ...(existing.metadata.uid === undefined ? {} : { uid: existing.metadata.uid }),
      ...options,
    });
  }
  return applied;
}

/** Cluster-scoped children of namespaced owners carry no owner reference; their name is unique by construction. */
function isOwnable(object: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0;
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const references = object.metadata.ownerReferences ?? [];
  return references.length === 0
    ? object.metadata.namespace === undefined
    : references.some((reference) => reference.uid === owner.metadata.uid && reference.controller === true);
}
