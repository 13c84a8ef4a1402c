import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, KubeStatus } from '@weir/api/meta';
import { ApiError, conflict, forbiddenWrite, notFound } from '../api-error.ts';
import type { UserInfo } from '../auth/user.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, storeKey, type Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { attributesOf, isNamespaceKind } from '../webhooks/attributes.ts';
import { mutateByWebhooks } from '../webhooks/mutate.ts';
import { validateByWebhooks } from '../webhooks/validate.ts';
import { admit } from './admit.ts';
import { type DeleteOptions, parseDeleteOptions } from './delete-options.ts';
import { timestamp } from './metadata.ts';
import { podGraceSeconds } from './pod-grace.ts';
import { selectionOf } from './selection.ts';
import { inVersion } from './versions.ts';

type Deleted =
  /** Gone. */
  | { readonly type: 'removed'; readonly object: KubeObject; readonly warnings: readonly string[] }
  /** Marked; finalizers or the kubelet still have to act. */
  | { readonly type: 'marked'; readonly object: KubeObject; readonly warnings: readonly string[] };

interface Deletion extends DeleteOptions {
  readonly user: UserInfo;
  /** One of the objects of a deleted collection, which webhooks hear of without a name. */
  readonly isCollection?: boolean;
}

const maxAttempts = 50;
const finalizerOf = { Background: null, Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;
const propagationFinalizers: readonly string[] = ['foregroundDeletion', 'orphan'];

export async function deleteOne(
  context: ServerContext,
  target: Target,
  namespace: string,
  name: string,
  request: ApiRequest,
): Promise<Deleted> {
  const options = { ...parseDeleteOptions(request), user: request.user };
  return deleteObject(context, target, { namespace, name }, options);
}

/** DELETE of a collection: every object that the selectors choose. Returns what was there. */
export async function deleteCollection(
  context: ServerContext,
  target: Target,
  namespace: string,
  request: ApiRequest,
): Promise<KubeObject[]> {
  const options = { ...parseDeleteOptions(request), user: request.user, isCollection: true };
  const selects = selectionOf(target.served, namespace, request.query);
  const objects = context.store.list(collectionOf(target.served)).filter(selects);
  for (const { metadata } of objects) {
    const key = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
    await deleteObject(context, target, key, options).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    });
  }
  return objects;
}

export async function deleteObject(
  context: ServerContext,
  target: Target,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  options: Deletion,
): Promise<Deleted> {
  const resource = collectionOf(target.served);
  const key = storeKey(namespace, name);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const stored = context.store.peek(resource, key);
    if (stored === undefined) throw notFound(target.kind, name);
    requirePreconditions(target, stored, options);
    requireDeletable(target, name);
    const review = {
      operation: 'DELETE',
      object: null,
      old: stored,
      subresource: '',
      dryRun: options.dryRun,
    } as const;
    const admitted = await admit(context, target, review);
    if (admitted.refusal !== null) throw admitted.refusal;
    const warnings = [...admitted.warnings, ...(await askWebhooks(context, target, stored, options))];
    const marked = markDeleted(target, stored, options, context.now());
    const type = isRemovable(target, marked) ? 'removed' : 'marked';
    if (type === 'marked' && marked === stored) {
      await context.store.settled(stored);
      return { type, object: stored, warnings };
    }
    if (options.dryRun) return { type, object: marked, warnings };
    const object = type === 'removed' ? null : marked;
    const written = context.store.stage({ resource, key, object, expected: stored });
    if (written === null) continue;
    const { resourceVersion = '' } = (await written).metadata;
    if (type === 'removed') context.strategies(target.served).release?.(stored);
    return { type, object: { ...marked, metadata: { ...marked.metadata, resourceVersion } }, warnings };
  }
  throw conflict(target.kind, name, 'too many concurrent changes');
}

async function askWebhooks(
  context: ServerContext,
  target: Target,
  stored: KubeObject,
  options: Deletion,
): Promise<readonly string[]> {
  const { mutating, validating } = context.webhooks;
  if (mutating.length === 0 && validating.length === 0) return [];
  const { name = '', namespace = '' } = stored.metadata;
  const attributes = attributesOf(target, 'DELETE', {
    ...options,
    name: options.isCollection === true ? '' : name,
    namespace: isNamespaceKind(target) ? name : namespace,
    oldObject: await inVersion(target, stored),
  });
  const mutated = await mutateByWebhooks(context, attributes);
  return [...mutated.warnings, ...(await validateByWebhooks(context, attributes))];
}

/** Kinds whose last state is the answer to a DELETE; of others it is a Status. */
const returned: readonly string[] = [
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'serviceaccounts',
  'services',
];

/** True when a client of DELETE gets the object itself although it is gone. */
export function returnsRemoved(target: Target): boolean {
  return target.kind.group === '' && returned.includes(target.kind.plural);
}

/** What a client of DELETE gets for an object that is gone. */
export function removedStatus(target: Target, object: KubeObject): KubeStatus {
  const { group, plural } = target.kind;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name ?? '',
      ...(group === '' ? {} : { group }),
      kind: plural,
      uid: object.metadata.uid ?? '',
    },
  };
}

/** The object with its deletion recorded; the same object when it was recorded before and nothing changes. */
function markDeleted(target: Target, stored: KubeObject, options: DeleteOptions, now: Date): KubeObject {
  const { metadata } = stored;
  const finalizersBefore = metadata.finalizers ?? [];
  const grace = isPod(target) ? podGraceSeconds(stored, options.gracePeriodSeconds) : 0;
  const finalizers = propagated(finalizersBefore, options.propagation);
  const isShorter =
    isPod(target) && grace < (metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY);
  const isRepeated = metadata.deletionTimestamp !== undefined && !isShorter;
  if (isRepeated && isDeepStrictEqual(finalizers, finalizersBefore)) return stored;
  const { finalizers: _, ...rest } = metadata;
  const isFirst = metadata.deletionTimestamp === undefined;
  const marked: KubeObject = {
    ...stored,
    metadata: {
      ...rest,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(isRepeated ? {} : { deletionTimestamp: timestamp(new Date(now.getTime() + grace * 1000)) }),
      ...(isRepeated || isNamespaceKind(target) ? {} : { deletionGracePeriodSeconds: grace }),
      ...(isFirst && metadata.generation !== undefined ? { generation: metadata.generation + 1 } : {}),
    },
  };
  return isNamespaceKind(target) ? ({ ...marked, status: { phase: 'Terminating' } } as KubeObject) : marked;
}

/** The garbage collector acts on these finalizers: dependents first, or dependents kept. */
function propagated(finalizers: readonly string[], propagation: DeleteOptions['propagation']): string[] {
  if (propagation === null) return [...finalizers];
  const wanted = finalizerOf[propagation];
  const others = finalizers.filter((finalizer) => !propagationFinalizers.includes(finalizer));
  return wanted === null ? others : [...others, wanted];
}

function isRemovable(target: Target, marked: KubeObject): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = marked.metadata;
  if (finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  if (!isNamespaceKind(target)) return true;
  return ((marked as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []).length === 0;
}

function requirePreconditions(target: Target, stored: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion, name = '' } = stored.metadata;
  // Kubernetes names the kind here where it names the resource elsewhere.
  const byKind = { group: target.kind.group, plural: target.kind.kind };
  if (options.uid !== null && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict(byKind, name, why);
  }
  if (options.resourceVersion !== null && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`;
    throw conflict(byKind, name, why);
  }
}

const immortal: readonly string[] = ['default', 'kube-system', 'kube-public'];

function requireDeletable(target: Target, name: string): void {
  if (isNamespaceKind(target) && immortal.includes(name)) {
    throw forbiddenWrite(target.kind, name, 'this namespace may not be deleted');
  }
}

function isPod(target: Target): boolean {
  return target.kind.group === '' && target.kind.plural === 'pods';
}
