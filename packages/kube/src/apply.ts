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

/** Objects of wanted names belong to somebody else; they are never taken over. */
export class NotOwnedError extends Error {
  readonly foreign: readonly KubeObject[];
  constructor(owner: KubeObject, foreign: readonly KubeObject[]) {
    super(foreignText(owner, foreign));
    this.name = 'NotOwnedError';
    this.foreign = foreign;
  }
}

interface OwnedOptions {
  readonly signal?: AbortSignal;
}

/**
 * Applies an object that carries its controller reference already. One that exists under another controller is
 * refused with `NotOwnedError`. `known` is the local copy, which may be out of date: the server carries the apply out
 * only on the object of that uid, or without a copy only where there is none. So a right belief costs one request,
 * and only after a wrong one the server is asked what it has.
 */
export async function applyOwned(
  client: Client,
  owner: KubeObject,
  desired: DesiredObject,
  known: KubeObject | undefined,
  options: OwnedOptions = {},
): Promise<AppliedObject> {
  try {
    return await applyTo(client, owner, desired, known, options);
  } catch (error) {
    if (!isAboutAnother(error)) throw error;
    const live = await client.find(desired.kind, keyOf(desired.object), options);
    if (live?.metadata.uid === known?.metadata.uid) throw error;
    return applyTo(client, owner, desired, live, options);
  }
}

async function applyTo(
  client: Client,
  owner: KubeObject,
  { kind, object }: DesiredObject,
  known: KubeObject | undefined,
  options: OwnedOptions,
): Promise<AppliedObject> {
  if (known !== undefined && !mayWrite(object, known, owner)) throw new NotOwnedError(owner, [known]);
  const { uid, resourceVersion } = known?.metadata ?? {};
  const precondition = known === undefined ? { resourceVersion: neverWritten } : { ...(uid && { uid }) };
  const expecting = { ...object, metadata: { ...object.metadata, ...precondition } };
  const result = await client.applyOrCreate<KubeObject>(kind, expecting, options);
  const isSame = resourceVersion !== undefined && resourceVersion === result.object.metadata.resourceVersion;
  const outcome = result.isNew ? 'created' : isSame ? 'unchanged' : 'updated';
  return { kind, object: result.object, outcome };
}

/** No object has it, so an apply with this version can only create: the first revision of a store is empty. */
const neverWritten = '1';

/** The server has another object of the name than was believed, or none, or one where none was believed to be. */
function isAboutAnother(error: unknown): boolean {
  if (isKubeError(error, 'Conflict', 'AlreadyExists')) return true;
  if (!isKubeError(error, 'Invalid')) return false;
  return error.status.details?.causes?.some(({ field }) => field === 'metadata.uid') === true;
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
export function mayWrite(object: KubeObject, known: KubeObject, owner: KubeObject): boolean {
  if (isShared(object)) return true;
  if ((object.metadata.ownerReferences ?? []).length > 0) return isOwnedBy(known, owner);
  const { labels = {} } = known.metadata;
  return Object.entries(object.metadata.labels ?? {}).every(([key, value]) => labels[key] === value);
}

/** Several owners of a namespace write the same object, so none of them owns it. */
function isShared({ metadata }: KubeObject): boolean {
  return metadata.namespace !== undefined && (metadata.ownerReferences ?? []).length === 0;
}

/** So many are named; a condition that lists dozens is not read. */
const maxNamed = 5;

function foreignText(owner: KubeObject, foreign: readonly KubeObject[]): string {
  const whose = `controlled by ${nameOf(owner)}`;
  const [first, ...others] = foreign;
  if (first !== undefined && others.length === 0) {
    const theirs = controllerOf(first);
    const why = theirs === undefined ? 'nobody controls it' : `it is controlled by ${theirs}`;
    return `${nameOf(first)} exists and is not ${whose} (${why}) — delete or rename it`;
  }
  const named = foreign.slice(0, maxNamed).map((one) => `${nameOf(one)} (${ofText(controllerOf(one))})`);
  const more = foreign.length > maxNamed ? ` and ${foreign.length - maxNamed} more` : '';
  return `${named.join(', ')}${more} exist and are not ${whose} — delete or rename them`;
}

function ofText(controller: string | undefined): string {
  return controller === undefined ? "nobody's" : `of ${controller}`;
}

function nameOf(object: KubeObject): string {
  return `${object.kind} ${keyText(keyOf(object))}`;
}

function controllerOf({ metadata }: KubeObject): string | undefined {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return controller && `${controller.kind} ${controller.name}`;
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  const references = object.metadata.ownerReferences ?? [];
  return references.length === 0
    ? object.metadata.namespace === undefined
    : references.some((reference) => reference.uid === owner.metadata.uid && reference.controller === true);
}
