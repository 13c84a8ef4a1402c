import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { isUnchanged } from '../../schema/index.ts';
import { ApiError, forbiddenWrite, notFound, staleObject } from '../api-error.ts';
import { escalationReason } from '../auth/escalation.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, storeKey, type Target } from '../registry/served-kind.ts';
import { type AdmissionAttributes, attributesOf } from '../webhooks/attributes.ts';
import { mutateByWebhooks } from '../webhooks/mutate.ts';
import { validateByWebhooks } from '../webhooks/validate.ts';
import { admit, requireValid } from './admit.ts';
import type { Written } from './create.ts';
import { recordUpdate } from './field-management.ts';
import { identityErrors, isSpecChange, metadataErrors, requireSameUid, updatedMetadata } from './metadata.ts';
import { replicaErrors } from './replicas.ts';
import { countsGeneration, strategyContext, withDefaults } from './rules.ts';
import { inVersion, toStorage } from './versions.ts';
import type { WriteOptions } from './write-options.ts';

interface Change {
  readonly namespace: string;
  readonly name: string;
  /** Empty, `status`, or another one whose `compute` limits itself. */
  readonly subresource: string;
  readonly options: WriteOptions;
  /** Makes the new state of the current one, both in the version of the request. Called again after a race. */
  readonly compute: (live: KubeObject) => Computed | Promise<Computed>;
  /** What webhooks see of a subresource that has objects of its own. */
  readonly own?: OwnObjects;
}

/** The objects of a subresource such as Scale, which stand for a part of the object behind it. */
interface OwnObjects {
  readonly kind: Pick<ResourceKind, 'group' | 'version' | 'kind'>;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly of: (object: KubeObject) => KubeObject;
  /** The object behind it, after a webhook changed the subresource's. */
  readonly changed: (object: KubeObject, own: KubeObject) => KubeObject;
}

export interface Computed {
  readonly object: KubeObject;
  readonly warnings?: readonly string[];
  /** The new state already says who owns which field. */
  readonly hasManagedFields?: boolean;
  /** The new state was not made of the live one, so a uid in it is a precondition. */
  readonly isReplacement?: boolean;
}

const maxAttempts = 50;

/** Changes an object; retries when others change it meanwhile, unless the change insists on a resourceVersion. */
export async function updateObject(context: ServerContext, target: Target, change: Change): Promise<Written> {
  const resource = collectionOf(target.served);
  const key = storeKey(change.namespace, change.name);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const stored = context.store.peek(resource, key);
    if (stored === undefined) throw notFound(target.kind, change.name);
    const computed = await change.compute(await inVersion(target, stored));
    const { resourceVersion } = computed.object.metadata;
    if (resourceVersion && resourceVersion !== stored.metadata.resourceVersion) {
      throw staleObject(target.kind, change.name);
    }
    const next = await nextState(context, target, change, stored, computed);
    const warnings = [...(computed.warnings ?? []), ...next.warnings];
    if (isUnchanged(stored, withRevisionOf(next.object, stored))) {
      await context.store.settled(stored);
      return { object: stored, warnings };
    }
    if (change.options.dryRun) return { object: next.object, warnings };
    const object = isFinished(next.object) ? null : next.object;
    const written = context.store.stage({ resource, key, object, expected: stored });
    if (written !== null) return { object: await written, warnings };
  }
  throw new ApiError(
    409,
    'Conflict',
    `too many concurrent changes of ${target.kind.plural} "${change.name}"`,
  );
}

async function nextState(
  context: ServerContext,
  target: Target,
  change: Change,
  stored: KubeObject,
  computed: Computed,
): Promise<Written> {
  const { options, subresource, own } = change;
  const { dryRun } = options;
  const live = await inVersion(target, stored);
  if (computed.isReplacement === true) requireSameUid(target, computed.object.metadata, stored.metadata);
  const mutated = await mutate(context, target, change, { live, computed });
  const review = { operation: 'UPDATE', object: mutated.object, old: stored, subresource, dryRun } as const;
  const admitted = await admit(context, target, review);
  const object = admitted.object ?? mutated.object;
  const mayChangeSpec = ['', 'scale'].includes(subresource);
  if (mayChangeSpec && countsGeneration(context, target) && isSpecChange(target, object, live)) {
    object.metadata.generation = (stored.metadata.generation ?? 0) + 1;
  }
  requireValid(target, object, [
    ...identityErrors(computed.object.metadata, stored.metadata),
    ...metadataErrors(target, object.metadata),
    ...target.version.schema.validate(object, live),
    ...replicaErrors(target, object),
    ...(subresource === '' ? (context.strategies(target.served).validate?.(object, live) ?? []) : []),
  ]);
  if (admitted.refusal !== null) throw admitted.refusal;
  const attributes = attributesOfChange(target, change, live);
  const warnings = await validateByWebhooks(context, { ...attributes, object: own?.of(object) ?? object });
  return {
    object: await toStorage(target.served, object),
    warnings: [...mutated.warnings, ...admitted.warnings, ...warnings],
  };
}

/** The new state as the client wants it and mutating webhooks change it; what is not theirs to change stays. */
async function mutate(
  context: ServerContext,
  target: Target,
  change: Change,
  { live, computed }: { readonly live: KubeObject; readonly computed: Computed },
): Promise<Written> {
  const { own, subresource, options } = change;
  const draft = prepare(context, target, change, { next: computed.object, live });
  const writer = { manager: options.fieldManager, subresource, now: context.now() };
  const owned = computed.hasManagedFields === true ? draft : recordUpdate(target, live, draft, writer);
  const reviewed = own?.of(owned) ?? owned;
  const attributes = attributesOfChange(target, change, live);
  const { object, warnings } = await mutateByWebhooks(context, { ...attributes, object: reviewed });
  const isChanged = object !== null && object !== reviewed;
  const next = isChanged ? (own?.changed(owned, object) ?? object) : owned;
  const final = isChanged ? prepare(context, target, change, { next, live }) : owned;
  const isGrant = isSpecChange(target, final, live);
  const why = isGrant ? escalationReason(context.authorizer, options.user, target, final) : null;
  if (why !== null) throw forbiddenWrite(target.kind, change.name, why);
  return { object: final, warnings };
}

/** A draft with defaults, in which only what the subresource may change differs from the live object. */
function prepare(
  context: ServerContext,
  target: Target,
  change: Change,
  { next, live }: { readonly next: KubeObject; readonly live: KubeObject },
): KubeObject {
  const restricted = restrict(target, change, next, live);
  const metadata = updatedMetadata(restricted.metadata, live.metadata);
  const prepared = withDefaults(context, target, { ...restricted, metadata });
  if (change.subresource !== '') return prepared;
  context.strategies(target.served).prepareUpdate?.(prepared, live, strategyContext(context));
  return prepared;
}

function attributesOfChange(target: Target, change: Change, live: KubeObject): AdmissionAttributes {
  const { name, namespace, subresource, options, own } = change;
  const operation = own?.operation ?? 'UPDATE';
  return attributesOf(target, operation, {
    ...options,
    name,
    namespace,
    subresource,
    ...(own === undefined ? {} : { kind: own.kind }),
    oldObject: operation === 'CREATE' ? null : (own?.of(live) ?? live),
  });
}

/** The status subresource changes status only, the object everything else. Other subresources limit themselves. */
function restrict(target: Target, change: Change, next: KubeObject, live: KubeObject): KubeObject {
  if (!target.version.hasStatus || !['', 'status'].includes(change.subresource)) return next;
  const { status: nextStatus } = next as { status?: unknown };
  const { status: liveStatus } = live as { status?: unknown };
  if (change.subresource !== 'status') return withStatus(next, liveStatus);
  const { managedFields } = next.metadata;
  const metadata = { ...live.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
  return withStatus({ ...live, metadata }, nextStatus);
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  const { status: _, ...rest } = object as KubeObject & { status?: unknown };
  return status === undefined || status === null ? rest : ({ ...rest, status } as KubeObject);
}

// A patch computed from the live object carries its version, an applied one does not.
function withRevisionOf(object: KubeObject, stored: KubeObject): KubeObject {
  const { resourceVersion = '' } = stored.metadata;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** The last finalizer of an object that was deleted is gone, so this update is its end. */
function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0 || finalizers.length > 0)
    return false;
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return true;
  return ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []).length === 0;
}
