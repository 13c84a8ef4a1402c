import { apiVersionOf, type KubeObject, keyOf, type ObjectRef } from '@weir/api/meta';
import { nameLabel, partOf, partOfLabel, servingResources } from '@weir/api/serving';
import { type Client, isKubeError, isOwnedBy } from '@weir/kube';
import type { Observed } from '@weir/llmisvc';
import { stringify } from 'yaml';
import { type DiscoveredKind, discoverKinds, kindOfObject } from '../cluster/discovery.ts';
import { type CliContext, connect } from '../context.ts';
import { nameOf, readDocuments } from './documents.ts';
import { renderService } from './render.ts';
import { loadSurroundings, type SurroundingsOptions } from './surroundings.ts';
import { unifiedDiff } from './unified-diff.ts';

/** Who would write an object, so that a dry run answers as the real write. */
interface Change {
  readonly object: KubeObject;
  readonly fieldManager: string;
}

/** Prints what applying the documents would change, children included; returns 2 when something would change. */
export async function diff(context: CliContext, options: SurroundingsOptions): Promise<number> {
  const { client, fetch, namespace } = await connect(context, options);
  const documents = await readDocuments(context, options.filename, namespace);
  const surroundings = await loadSurroundings(context, { ...options, live: true }, documents);
  const kinds = await discoverKinds(fetch);
  let text = '';
  for (const document of documents)
    text += await diffOne(client, kinds, { object: document, fieldManager: 'weir' });
  for (const document of documents.filter(({ kind }) => kind === servingResources.services.kind)) {
    const live = await client.find(servingResources.services, keyOf(document));
    const { uid } = live?.metadata ?? {};
    const service = uid === undefined ? document : { ...document, metadata: { ...document.metadata, uid } };
    const existing = live === undefined ? [] : await liveChildren(client, kinds, live);
    const rendered = renderService(service, documents, surroundings, existing);
    if (rendered.combined.type === 'failed') {
      const { reason, message } = rendered.combined;
      context.stderr.write(`${nameOf(document)}: ${reason}: ${message}; its children stay\n`);
    }
    for (const note of rendered.notes) context.stderr.write(`${nameOf(document)}: ${note}\n`);
    for (const object of rendered.children) {
      text += await diffOne(client, kinds, { object, fieldManager: 'llmisvc-controller' });
    }
    const removed = new Set(rendered.remove.map(keyOfRef));
    for (const { kind, object } of existing) {
      if (removed.has(keyOfRef({ kind, ...keyOf(object) }))) {
        text += unifiedDiff(textOf(object), '', labelOf(object));
      }
    }
  }
  context.stdout.write(text);
  return text === '' ? 0 : 2;
}

/** Kinds of children whose content may be shown. */
const childPlurals = [
  'deployments',
  'httproutes',
  'inferencepools',
  'leaderworkersets',
  'rolebindings',
  'roles',
  'serviceaccounts',
  'services',
];

async function liveChildren(
  client: Client,
  kinds: readonly DiscoveredKind[],
  service: KubeObject,
): Promise<Observed['children']> {
  const { namespace, name } = keyOf(service);
  const labelSelector = `${partOfLabel}=${partOf},${nameLabel}=${name}`;
  const wanted = kinds.filter(({ plural }) => childPlurals.includes(plural));
  const lists = await Promise.all(
    wanted.map(async (kind) => {
      const { items } = await client.list(kind, { namespace, labelSelector });
      return items
        .filter((item) => isOwnedBy(item, service))
        .map((item) => ({ kind, object: { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind } }));
    }),
  );
  return lists.flat();
}

function keyOfRef({ kind, namespace, name }: ObjectRef): string {
  return `${kind.group}/${kind.plural}/${namespace}/${name}`;
}

function labelOf(object: KubeObject): string {
  const { namespace, name } = keyOf(object);
  return `${object.apiVersion.replaceAll('/', '.')}.${object.kind}.${namespace}.${name}`;
}

async function diffOne(
  client: Client,
  kinds: readonly DiscoveredKind[],
  { object, fieldManager }: Change,
): Promise<string> {
  const kind = kindOfObject(kinds, object);
  const live = await client.find(kind, keyOf(object));
  const label = labelOf(object);
  // A Secret's content is nobody's business, and the controller writes it elsewhere.
  if (kind.group === '' && kind.plural === 'secrets' && live !== undefined) return '';
  if (live === undefined) return unifiedDiff('', textOf(object), label);
  try {
    const after = await client.apply(kind, object, { dryRun: true, force: true, fieldManager });
    return unifiedDiff(textOf(live), textOf(after), label);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    throw new Error(`${nameOf(object)}: the server refuses it: ${error.message}`, { cause: error });
  }
}

/** What a person compares: without book-keeping of the server and without status. */
function textOf(object: KubeObject): string {
  const { status: _status, ...rest } = object as KubeObject & { status?: unknown };
  const {
    managedFields: _managers,
    resourceVersion: _version,
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    ...metadata
  } = object.metadata;
  return stringify(
    { ...rest, metadata },
    { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false },
  );
}
