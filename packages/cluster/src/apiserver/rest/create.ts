import type { KubeObject } from '@weir/api/meta';
import {
  ApiError,
  alreadyExists,
  forbiddenWrite,
  methodNotAllowed,
  namespaceTerminating,
  notFound,
  warningOnRefusal,
} from '../api-error.ts';
import { escalationReason } from '../auth/escalation.ts';
import type { ServerContext } from '../context.ts';
import { collectionOf, storeKey, type Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { type AdmissionAttributes, attributesOf } from '../webhooks/attributes.ts';
import { mutateByWebhooks } from '../webhooks/mutate.ts';
import { validateByWebhooks } from '../webhooks/validate.ts';
import { admit, requireValid } from './admit.ts';
import { decodeBody, duplicatesIn } from './decode.ts';
import { recordUpdate } from './field-management.ts';
import { checkFields, placeAt, toKubeObject } from './input.ts';
import { metadataErrors, newMetadata } from './metadata.ts';
import { replicaErrors } from './replicas.ts';
import { countsGeneration, strategyContext, withDefaults } from './rules.ts';
import { toStorage } from './versions.ts';
import { parseWriteOptions, type WriteOptions } from './write-options.ts';

export interface Written {
  /** As stored. */
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

const generateAttempts = 8;

/** POST to a collection. */
export async function create(
  context: ServerContext,
  target: Target,
  namespace: string,
  request: ApiRequest,
): Promise<Written> {
  if (target.served.namespaced && namespace === '') throw methodNotAllowed();
  const options = parseWriteOptions(request);
  const input = placeAt(toKubeObject(target, decodeBody(request)), namespace, '');
  const { object: checked, warnings } = checkFields(target, input, options, duplicatesIn(request));
  // A client that creates an object owns its defaults too; one that applies it does not.
  const object = withDefaults(context, target, checked);
  const fromClient = recordUpdate(target, null, object, {
    manager: options.fieldManager,
    subresource: '',
    now: context.now(),
  });
  const created = await warningOnRefusal(warnings, () => createObject(context, target, fromClient, options));
  return { object: created.object, warnings: [...warnings, ...created.warnings] };
}

/** Creates an object whose fields were checked; its managedFields are kept. */
export async function createObject(
  context: ServerContext,
  target: Target,
  input: KubeObject,
  options: WriteOptions,
): Promise<Written> {
  requireNamespace(context, target, input);
  const mutated = await mutateByWebhooks(
    context,
    attributesOfNew(target, withoutSystemFields(input), options),
  );
  const object = mutated.object ?? input;
  for (let attempt = 1; ; attempt++) {
    try {
      const created = await createOnce(context, target, object, options);
      return { object: created.object, warnings: [...mutated.warnings, ...created.warnings] };
    } catch (error) {
      const isCollision = error instanceof ApiError && error.reason === 'AlreadyExists';
      if (!isCollision || input.metadata.name || attempt === generateAttempts) throw error;
    }
  }
}

async function createOnce(
  context: ServerContext,
  target: Target,
  input: KubeObject,
  options: WriteOptions,
): Promise<Written> {
  const { served } = target;
  const strategy = context.strategies(served);
  const { managedFields } = input.metadata;
  const metadata = newMetadata(input.metadata, context.now(), countsGeneration(context, target));
  const keepsStatus = !target.version.hasStatus || strategy.keepsNewStatus === true;
  // Defaults come last: a schema may declare the status of an object that nobody has looked at yet.
  const draft = withDefaults(context, target, {
    ...(keepsStatus ? input : withEmptyStatus(target, input)),
    metadata,
  });
  const rules = strategyContext(context);
  const why =
    strategy.forbidden?.(draft, rules) ?? escalationReason(context.authorizer, options.user, target, draft);
  if (why !== null) throw forbiddenWrite(target.kind, draft.metadata.name ?? '', why);
  strategy.prepareCreate?.(draft, rules);
  try {
    const review = {
      operation: 'CREATE',
      object: draft,
      old: null,
      subresource: '',
      dryRun: options.dryRun,
    } as const;
    const admitted = await admit(context, target, review);
    const object = admitted.object ?? draft;
    requireValid(target, object, [
      ...metadataErrors(target, object.metadata),
      ...target.version.schema.validate(object, null),
      ...(strategy.validate?.(object, null) ?? []),
      ...replicaErrors(target, object),
    ]);
    if (admitted.refusal !== null) throw admitted.refusal;
    if (managedFields !== undefined) object.metadata.managedFields = managedFields;
    const warnings = await validateByWebhooks(context, attributesOfNew(target, object, options));
    if (options.dryRun) strategy.release?.(draft);
    return {
      object: await store(context, target, await toStorage(served, object), options),
      warnings: [...admitted.warnings, ...warnings],
    };
  } catch (error) {
    strategy.release?.(draft);
    throw error;
  }
}

function attributesOfNew(target: Target, object: KubeObject, options: WriteOptions): AdmissionAttributes {
  const { name = '', namespace = '' } = object.metadata;
  return attributesOf(target, 'CREATE', { ...options, name, namespace, object });
}

/** What only the server writes is not there yet when the first webhooks see an object. */
function withoutSystemFields(object: KubeObject): KubeObject {
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

async function store(
  context: ServerContext,
  target: Target,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const { name = '', namespace = '' } = object.metadata;
  const resource = collectionOf(target.served);
  const key = storeKey(namespace, name);
  if (context.store.peek(resource, key) !== undefined) throw alreadyExists(target.kind, name);
  if (options.dryRun) return object;
  const stored = context.store.stage({ resource, key, object, expected: undefined });
  if (stored === null) throw alreadyExists(target.kind, name);
  return stored;
}

/** New objects need a namespace that exists and is not going away. */
function requireNamespace(context: ServerContext, target: Target, object: KubeObject): void {
  const { namespace = '', name = '' } = object.metadata;
  if (!target.served.namespaced) return;
  const found = context.store.peek('/namespaces', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (found.metadata.deletionTimestamp !== undefined) {
    throw namespaceTerminating(target.kind, name, namespace);
  }
}

/** Built-in types always have a status, if only an empty one, so that nobody comes to own it as a whole. */
function withEmptyStatus(target: Target, object: KubeObject): KubeObject {
  const { status: _, ...rest } = object as KubeObject & { status?: unknown };
  return target.served.isCustom ? rest : ({ ...rest, status: {} } as KubeObject);
}
