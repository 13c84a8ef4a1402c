import { type KubeObject, type OwnerReference, type ResourceKind, resources } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { Client, Controller, delay, Informer, type ObjectChange, type Result } from '@weir/kube';
import { discoverKinds, type ServedKind } from './discovery.ts';

export interface MonitoredObject {
  readonly kind: ServedKind;
  readonly object: KubeObject;
}

type MonitorHandler = (change: ObjectChange<KubeObject>, kind: ServedKind) => void;

interface Monitor {
  readonly kind: ServedKind;
  readonly informer: Informer;
  /** Resolves when the first list is there, or has been waited for long enough. */
  readonly synced: Promise<void>;
  readonly abort: AbortController;
}

const syncPatienceMs = 30_000;
const byUid = 'uid';
const byOwner = 'owner';

/**
 * Watches the metadata of every kind that can be listed, watched and deleted, and follows CustomResourceDefinitions
 * as they come and go. Knows who depends on whom.
 */
export class MetadataMonitors {
  readonly #client: Client;
  readonly #metadataClient: Client;
  readonly #log: Logger;
  readonly #monitors = new Map<string, Monitor>();
  readonly #handlers: MonitorHandler[] = [];
  readonly #kindListeners: (() => void)[] = [];
  readonly #definitions: Informer<CustomResourceDefinition>;
  readonly #refresher: Controller;
  #kinds: readonly ServedKind[] = [];

  constructor(client: Client, log: Logger) {
    this.#client = client;
    this.#log = log;
    this.#metadataClient = metadataClient(client);
    this.#definitions = new Informer({ client, log, kind: resources.customResourceDefinitions });
    this.#refresher = new Controller({
      name: 'monitors',
      log,
      reconcile: (_, { signal }) => this.#refresh(signal),
    }).watches(this.#definitions, () => [{ namespace: '', name: 'kinds' }]);
  }

  onChange(handler: MonitorHandler): void {
    this.#handlers.push(handler);
  }

  /** Called after the set of served kinds changed. */
  onKinds(listener: () => void): void {
    this.#kindListeners.push(listener);
  }

  /** Resolves once everything that exists is known. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#refresh(signal);
    await this.whenSynced();
    await this.#refresher.start(signal);
  }

  stopped(): Promise<void> {
    return this.#refresher.stopped();
  }

  async whenSynced(): Promise<void> {
    await Promise.all([...this.#monitors.values()].map(({ synced }) => synced));
  }

  /** All served kinds, monitored or not. */
  get kinds(): readonly ServedKind[] {
    return this.#kinds;
  }

  /** Whatever version an owner reference names, its kind is looked up by group. */
  kindOf(reference: Pick<OwnerReference, 'apiVersion' | 'kind'>): ServedKind | undefined {
    const slash = reference.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
    return this.#kinds.find((kind) => kind.group === group && kind.kind === reference.kind);
  }

  find(uid: string): MonitoredObject | undefined {
    return this.#lookUp(byUid, uid)[0];
  }

  dependentsOf(uid: string): MonitoredObject[] {
    return this.#lookUp(byOwner, uid);
  }

  #lookUp(index: string, value: string): MonitoredObject[] {
    const found: MonitoredObject[] = [];
    for (const { kind, informer } of this.#monitors.values()) {
      for (const object of informer.byIndex(index, value)) found.push({ kind, object });
    }
    return found;
  }

  /** Starts monitors for new kinds and stops those of kinds that are gone. */
  async #refresh(signal: AbortSignal): Promise<Result | undefined> {
    this.#kinds = await discoverKinds(this.#client, signal);
    if (signal.aborted) return undefined;
    const wanted = new Map(this.#kinds.filter(isMonitored).map((kind) => [nameOf(kind), kind]));
    for (const [name, monitor] of this.#monitors) {
      if (wanted.has(name)) continue;
      monitor.abort.abort();
      this.#monitors.delete(name);
    }
    for (const [name, kind] of wanted) if (!this.#monitors.has(name)) this.#monitor(name, kind, signal);
    for (const listener of this.#kindListeners) listener();
    // A server announces a definition a moment before it serves it, and then says nothing more.
    const isBehind = this.#definitions
      .list()
      .some((definition) => isEstablished(definition) && !wanted.has(servedName(definition)));
    return isBehind ? { requeueAfterMs: 250 } : undefined;
  }

  #monitor(name: string, kind: ServedKind, signal: AbortSignal): void {
    const abort = new AbortController();
    signal.addEventListener('abort', () => abort.abort(), { once: true, signal: abort.signal });
    const informer = new Informer({ client: this.#metadataClient, kind, log: this.#log });
    informer.addIndex(byUid, (object) => [object.metadata.uid ?? '']);
    informer.addIndex(byOwner, ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid));
    informer.onChange((change) => {
      for (const handler of this.#handlers) handler(change, kind);
    });
    informer.start(abort.signal);
    this.#monitors.set(name, { kind, informer, abort, synced: this.#syncOf(name, informer, abort.signal) });
  }

  /** One kind that cannot be listed (its conversion fails, say) must not stop the collection of all others. */
  async #syncOf(name: string, informer: Informer, signal: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const late = delay(syncPatienceMs, AbortSignal.any([signal, patience.signal]));
    await Promise.race([informer.waitForSync(), late]);
    patience.abort();
    if (!informer.hasSynced && !signal.aborted) this.#log.warn('kind cannot be listed', { resource: name });
  }
}

/** Asks for metadata only; servers that cannot give it send whole objects, which hold the same metadata. */
function metadataClient(client: Client): Client {
  const as = (shape: string): string => `application/json;as=${shape};g=meta.k8s.io;v=v1,application/json`;
  return new Client({
    fieldManager: client.fieldManager,
    fetch: (path, init) => {
      const accept = as(/[?&]watch=true/.test(path) ? 'PartialObjectMetadata' : 'PartialObjectMetadataList');
      return client.fetch(path, { ...init, headers: { ...init?.headers, accept } });
    },
  });
}

/** Events are many, own nothing and go by themselves. */
export function isMonitored(kind: ServedKind): boolean {
  return kind.kind !== 'Event' && ['list', 'watch', 'delete'].every((verb) => kind.verbs.includes(verb));
}

function nameOf(kind: ResourceKind): string {
  return `${kind.plural}.${kind.group}`;
}

function servedName(definition: CustomResourceDefinition): string {
  return `${definition.spec.names.plural}.${definition.spec.group}`;
}

function isEstablished(definition: CustomResourceDefinition): boolean {
  const conditions = definition.status?.conditions ?? [];
  const isServed = definition.spec.versions.some((version) => version.served);
  const isGoing = definition.metadata.deletionTimestamp !== undefined;
  return (
    isServed && !isGoing && conditions.some(({ type, status }) => type === 'Established' && status === 'True')
  );
}
