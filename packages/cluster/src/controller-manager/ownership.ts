import {
  apiVersionOf,
  type KubeObject,
  keyOf,
  matchesSelector,
  type OwnerReference,
  type ResourceKind,
} from '@weir/api/meta';
import type { LabelSelector } from '@weir/api/workloads';
import { type Client, isKubeError } from '@weir/kube';

/** The one reference that manages the object, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function controllerReference(kind: ResourceKind, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

interface ClaimOptions<T extends KubeObject> {
  readonly client: Client;
  readonly owner: KubeObject;
  readonly ownerKind: ResourceKind;
  readonly selector: LabelSelector;
  /** Objects of the owner's namespace that it controls, or that nobody controls. */
  readonly candidates: readonly T[];
  readonly kind: ResourceKind<T>;
  readonly signal: AbortSignal;
}

/**
 * Those candidates that belong to the owner afterwards: what matches and has no controller is adopted, what the owner
 * controls but does not match any more is released.
 */
export async function claim<T extends KubeObject>(options: ClaimOptions<T>): Promise<T[]> {
  const { owner, selector } = options;
  const isLeaving = owner.metadata.deletionTimestamp !== undefined;
  const claimed: T[] = [];
  let mayAdopt: boolean | undefined;
  for (const object of options.candidates) {
    const controller = controllerOf(object);
    const matches = matchesSelector(selector, object.metadata.labels);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) claimed.push(object);
      else if (!isLeaving) await release(options, object);
    } else if (matches && !isLeaving && object.metadata.deletionTimestamp === undefined) {
      // The cache may be behind: an owner that is gone, or being deleted, must not gain new dependents.
      mayAdopt ??= await isStillAlive(options);
      const adopted = mayAdopt ? await adopt(options, object) : undefined;
      if (adopted !== undefined) claimed.push(adopted);
    }
  }
  return claimed;
}

async function isStillAlive<T extends KubeObject>(options: ClaimOptions<T>): Promise<boolean> {
  const { client, owner, ownerKind, signal } = options;
  const current = await client.find(ownerKind, keyOf(owner), { signal });
  return current?.metadata.uid === owner.metadata.uid && current?.metadata.deletionTimestamp === undefined;
}

function adopt<T extends KubeObject>(options: ClaimOptions<T>, object: T): Promise<T | undefined> {
  const references = object.metadata.ownerReferences ?? [];
  return writeReferences(options, object, [
    ...references,
    controllerReference(options.ownerKind, options.owner),
  ]);
}

async function release<T extends KubeObject>(options: ClaimOptions<T>, object: T): Promise<void> {
  const references = object.metadata.ownerReferences ?? [];
  await writeReferences(
    options,
    object,
    references.filter((reference) => reference.uid !== options.owner.metadata.uid),
  );
}

/** Undefined when the object went away meanwhile. The resourceVersion makes sure that no other claim is lost. */
async function writeReferences<T extends KubeObject>(
  { client, kind, signal }: ClaimOptions<T>,
  object: T,
  ownerReferences: readonly OwnerReference[],
): Promise<T | undefined> {
  const { uid, resourceVersion } = object.metadata;
  try {
    return await client.patch<T>(
      kind,
      keyOf(object),
      { metadata: { uid, resourceVersion, ownerReferences } },
      { signal },
    );
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined;
    throw error;
  }
}
