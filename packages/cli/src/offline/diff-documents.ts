import { type KubeObject, keyOf, keyText, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, servingResources } from '@weir/api/serving';
import { type Client, type Fetch, isKubeError, isOwnedBy } from '@weir/kube';
import { type Combined, readWorld, validateRendered } from '@weir/llmisvc';
import { type DiscoveredKind, discoverKinds } from '../cluster/discovery.ts';
import { type Change, changeBetween } from './change.ts';
import { compose, type Surroundings, storedService } from './compose.ts';
import { nameOf } from './documents.ts';
import { dryRun, type Foreseen } from './dry-run.ts';
import { renderService } from './render.ts';
import { loadLive } from './surroundings.ts';

export interface DiffOptions {
  readonly client: Client;
  readonly fetch: Fetch;
  readonly systemNamespace: string;
  readonly signal: AbortSignal;
}

/** What applying documents would do. */
export interface DocumentsDiff {
  readonly changes: readonly Change[];
  /** Objects that the server would not take. */
  readonly refusals: readonly string[];
  readonly notes: readonly string[];
}

interface Cluster {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly kinds: readonly DiscoveredKind[];
  /** As it will be. */
  readonly surroundings: Surroundings;
  readonly documents: readonly KubeObject[];
}

interface Collected {
  readonly changes: Change[];
  readonly refusals: string[];
  readonly notes: Set<string>;
}

const { services: serviceKind, configs: configKind } = servingResources;

/** Compares documents, and everything that the controller makes because of them, with what a cluster holds. */
export async function diffDocuments(
  documents: readonly KubeObject[],
  { client, fetch, systemNamespace, signal }: DiffOptions,
): Promise<DocumentsDiff> {
  const kinds = await discoverKinds(fetch);
  const surroundings = { crds: [], ...(await loadLive(client, systemNamespace, documents)) };
  const cluster: Cluster = { client, signal, kinds, surroundings, documents };
  const found: Collected = { changes: [], refusals: [], notes: new Set() };
  for (const document of documents) {
    // A service comes with its children, and before them.
    const after = await diffObject(cluster, found, document, 'weir');
    if (after?.kind === serviceKind.kind) await diffChildren(cluster, found, storedService(after));
  }
  const configs = found.changes.flatMap((change) =>
    change.type === 'changed' && change.after.kind === configKind.kind ? [change.after] : [],
  );
  for (const service of await usersOf(configs, cluster)) await diffChildren(cluster, found, service);
  return { ...found, notes: [...found.notes] };
}

/** The object as it would be; null when the server refuses it. */
async function diffObject(
  { client, kinds }: Cluster,
  found: Collected,
  object: KubeObject,
  manager: string,
): Promise<KubeObject | null> {
  const foreseen = await dryRun(client, kinds, object, manager);
  collect(found, foreseen);
  return foreseen.after;
}

/** What belongs to somebody else stays: the controller refuses to take it over. */
async function diffChild(
  { client, kinds }: Cluster,
  found: Collected,
  service: LLMInferenceService,
  child: KubeObject,
): Promise<void> {
  const foreseen = await dryRun(client, kinds, child, 'llmisvc-controller');
  if (foreseen.before === undefined || isOwnedBy(foreseen.before, service)) collect(found, foreseen);
  else found.notes.add(`${nameOf(service)}: ${nameOf(child)} exists and belongs to something else: it stays`);
}

function collect({ changes, refusals, notes }: Collected, { before, after, refusal, note }: Foreseen): void {
  if (refusal !== undefined) refusals.push(refusal);
  if (note !== undefined) notes.add(note);
  const change = after === null ? null : changeBetween(before, after);
  if (change !== null) changes.push(change);
}

async function diffChildren(cluster: Cluster, found: Collected, service: LLMInferenceService): Promise<void> {
  const { client, surroundings, documents } = cluster;
  const combined = await composeThere(cluster, found, service);
  if (combined.type === 'failed') {
    found.notes.add(`${nameOf(service)}: ${combined.reason}: ${combined.message}; its children stay`);
    return;
  }
  const known = { service, spec: combined.spec, platform: surroundings.platform };
  const observed = await readWorld(client, known, documents);
  const rendered = renderService(known, combined, observed);
  for (const note of rendered.notes) found.notes.add(`${nameOf(service)}: ${note}`);
  const existing = new Map(
    observed.children.map((child) => [identityOf(child.kind, keyText(keyOf(child.object))), child.object]),
  );
  for (const child of rendered.children) await diffChild(cluster, found, service, child);
  for (const secret of rendered.secrets) {
    // The key pair of one that exists is kept while it serves.
    if ((await client.find(resources.secrets, keyOf(secret))) === undefined)
      found.changes.push({ type: 'created', after: secret });
  }
  for (const ref of rendered.remove) {
    const change = changeBetween(existing.get(identityOf(ref.kind, keyText(ref))), undefined);
    if (change !== null) found.changes.push(change);
  }
}

/** The composition of a service as the server judges it; one that cannot judge it is no reason to tell nothing. */
async function composeThere(
  { client, surroundings, signal }: Cluster,
  { notes }: Collected,
  service: LLMInferenceService,
): Promise<Combined> {
  const composed = compose(service, surroundings);
  if (composed.type === 'failed') return composed;
  const { combined, unavailable } = await validateRendered(client, service, composed, signal);
  if (unavailable === null) return combined;
  // Of a namespace that is missing is told already.
  if (!isKubeError(unavailable, 'NotFound'))
    notes.add(`${nameOf(service)}: its merged spec could not be validated: ${unavailable.message}`);
  return composed;
}

function identityOf({ group, plural }: ResourceKind, key: string): string {
  return `${group}/${plural}/${key}`;
}

/** Services that stand in no document and are built on one of the changed Configs. */
async function usersOf(
  configs: readonly KubeObject[],
  { client, surroundings, documents }: Cluster,
): Promise<LLMInferenceService[]> {
  if (configs.length === 0) return [];
  const changed = new Set(configs.map((config) => keyText(keyOf(config))));
  const given = new Set(
    documents.filter(({ kind }) => kind === serviceKind.kind).map((one) => keyText(keyOf(one))),
  );
  const { items } = await client.list(serviceKind);
  return items.filter((service) => {
    if (given.has(keyText(keyOf(service)))) return false;
    const combined = compose(service, surroundings);
    return combined.type === 'combined'
      ? combined.layers.some((layer) => changed.has(keyText(layer)))
      : (service.spec?.baseRefs ?? []).some(({ name }) => configs.some((one) => keyOf(one).name === name));
  });
}
