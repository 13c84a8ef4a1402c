import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { delay } from './abort.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

type Definition = NonNullable<(typeof resources.customResourceDefinitions)['shape']>;

export interface StorageMigrationOptions {
  readonly client: Client;
  /** Kinds with definitions of their own, in the order in which they are rewritten. */
  readonly kinds: readonly ResourceKind[];
  /** How long the migration of a kind is tried; milliseconds. */
  readonly timeoutMs: number;
  readonly retryMs: number;
  /** How long a definition has to stay as it is before objects are rewritten; milliseconds. */
  readonly settleMs: number;
  /** Why the server would lose fields between two versions; null when it converts. */
  readonly conversionProblem: (kind: ResourceKind) => Promise<string | null>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const pageSize = 500;

/**
 * Rewrites what is stored in another version than definitions store today, and lets the definitions forget those
 * versions: only then may a later release stop serving them (control-plane 3). Costs one request per kind when there is
 * nothing to do. parity: KServe's controller ends itself when the time is up; here an object that cannot be rewritten
 * stops no other, and the log says why its version stays.
 */
export async function migrateStorage(options: StorageMigrationOptions): Promise<void> {
  for (const kind of options.kinds) await migrateKind(kind, options);
}

async function migrateKind(kind: ResourceKind, options: StorageMigrationOptions): Promise<void> {
  const { timeoutMs, retryMs, signal } = options;
  const log = options.log.child({ definition: nameOf(kind) });
  const deadlineMs = performance.now() + timeoutMs;
  let last = '';
  while (!signal.aborted) {
    const problem = await tryMigrate(kind, { ...options, log });
    if (problem === null || signal.aborted) return;
    if (performance.now() + retryMs > deadlineMs) {
      log.error('stored objects are not rewritten; their version has to be served on', { error: problem });
      return;
    }
    if (problem !== last) log.warn('stored objects are not rewritten yet', { error: problem });
    last = problem;
    await delay(retryMs, signal);
  }
}

/** Why not; null when nothing is left to be done. */
async function tryMigrate(kind: ResourceKind, options: StorageMigrationOptions): Promise<string | null> {
  const { client, log, signal } = options;
  try {
    const definition = await readDefinition(client, kind, signal);
    const version = storageVersion(definition);
    const former = (definition?.status?.storedVersions ?? []).filter((stored) => stored !== version);
    if (version === undefined || former.length === 0) return null;
    const problem = await doubtAbout(kind, definition, options);
    if (problem !== null || signal.aborted) return problem;
    const count = await rewriteAll(client, { ...kind, version }, signal);
    await forgetVersions(client, kind, version, signal);
    log.info('stored objects are rewritten', { version, former, count });
    return null;
  } catch (error) {
    return toError(error).message;
  }
}

/**
 * A server stores and converts by what it has taken up of a definition, a moment after that was written, and does not
 * tell. Rewritten too early, objects would stay as they are, or lose what the versions call differently.
 */
async function doubtAbout(
  kind: ResourceKind,
  definition: Definition | undefined,
  { client, settleMs, conversionProblem, signal }: StorageMigrationOptions,
): Promise<string | null> {
  if (definition?.spec.conversion?.strategy !== 'Webhook')
    return 'the definition has no conversion webhook, so that fields would be lost';
  await delay(settleMs, signal);
  const now = await readDefinition(client, kind, signal);
  if (now?.metadata.resourceVersion !== definition.metadata.resourceVersion)
    return 'the definition is being changed';
  return conversionProblem(kind);
}

async function rewriteAll(client: Client, kind: ResourceKind, signal: AbortSignal): Promise<number> {
  let count = 0;
  let next: string | undefined;
  do {
    const from = next === undefined ? {} : { continue: next };
    const page = await client.list(kind, { limit: pageSize, metadataOnly: true, signal, ...from });
    for (const object of page.items) await rewrite(client, kind, object, signal);
    count += page.items.length;
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return count;
}

/** A patch that changes nothing: servers write an object anew when it is stored in another version. */
async function rewrite(
  client: Client,
  kind: ResourceKind,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata;
  try {
    await client.patch(kind, keyOf(object), { metadata: { uid, resourceVersion } }, { signal });
  } catch (error) {
    // Gone, or written by somebody else meanwhile, and so in the version of today.
    if (!isKubeError(error, 'NotFound', 'Conflict')) throw error;
  }
}

/** Definitions are written by several controllers of the server and by those who install them. */
const forgetAttempts = 5;

async function forgetVersions(
  client: Client,
  kind: ResourceKind,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const definition = await readDefinition(client, kind, signal);
    if (storageVersion(definition) !== version)
      throw new Error('the version to be stored has changed meanwhile');
    const resourceVersion = definition?.metadata.resourceVersion;
    const patch = { metadata: { resourceVersion }, status: { storedVersions: [version] } };
    try {
      const key = { namespace: '', name: nameOf(kind) };
      await client.patch(definitions, key, patch, { subresource: 'status', signal });
      return;
    } catch (error) {
      if (attempt === forgetAttempts || !isKubeError(error, 'Conflict')) throw error;
    }
  }
}

const definitions = resources.customResourceDefinitions;

function readDefinition(
  client: Client,
  kind: ResourceKind,
  signal: AbortSignal,
): Promise<Definition | undefined> {
  return client.find(definitions, { namespace: '', name: nameOf(kind) }, { signal });
}

function storageVersion(definition: Definition | undefined): string | undefined {
  return definition?.spec.versions.find(({ storage }) => storage)?.name;
}

function nameOf({ plural, group }: ResourceKind): string {
  return `${plural}.${group}`;
}
