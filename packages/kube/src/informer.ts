import { apiVersionOf, type KubeObject, type ObjectKey, type ResourceKind } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { delay, withDeadline } from './abort.ts';
import { Backoff } from './backoff.ts';
import type { Client } from './client.ts';
import type { DefinitionWatch } from './definition-watch.ts';
import { isKubeError } from './errors.ts';
import { type ChangeHandler, ObjectStore } from './object-store.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: ResourceKind<T>;
  readonly log: Logger;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What the cache keeps of an object, such as one without the values of Secrets; default: all. */
  readonly transform?: (object: T) => T;
  /** Asks for names, labels and the like only. */
  readonly metadataOnly?: boolean;
  /** Tells when a kind that is not served may have appeared; default: it is asked for every few seconds. */
  readonly definitions?: DefinitionWatch;
  /** Called whenever a watch begins, also after an interruption. */
  readonly onWatch?: () => void;
}

/** A list page that takes longer is asked for again: a connection can die without a word. */
const listTimeoutMs = 60_000;
const pageSize = 500;

/**
 * Keeps a copy of a collection: one list, then a watch that resumes from the last seen resourceVersion (bookmarks
 * move it forward), and a new list only after 410 Gone. Objects in the cache are shared: never modify them.
 */
export class Informer<T extends KubeObject = KubeObject> {
  readonly kind: ResourceKind<T>;
  readonly #options: InformerOptions<T>;
  readonly #store = new ObjectStore<T>();
  readonly #synced = deferred();
  readonly #servedHandlers = new Set<() => void>();
  #isStarted = false;
  #hasSynced = false;
  #isServed = true;

  constructor(options: InformerOptions<T>) {
    this.kind = options.kind;
    this.#options = options;
  }

  /** True once the first list is in the cache. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** False while the API server does not know the kind: its CRD is missing. */
  get isServed(): boolean {
    return this.#isServed;
  }

  /** Calls the handler when the kind appears at the API server or vanishes from it, after the first list. */
  onServedChange(handler: () => void): void {
    this.#servedHandlers.add(handler);
  }

  get(key: ObjectKey): T | undefined {
    return this.#store.get(key);
  }

  list(namespace?: string): T[] {
    return this.#store.list(namespace);
  }

  /** Adds an index before the start; `values` gives the index values of an object. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    this.#store.addIndex(name, values);
  }

  byIndex(name: string, value: string): T[] {
    return this.#store.byIndex(name, value);
  }

  /** Calls the handler for every change, and at once with `added` for what is cached already. */
  onChange(handler: ChangeHandler<T>): () => void {
    return this.#store.onChange(handler);
  }

  /** Takes over what the server answered to a write, so that the next look need not wait for the watch. */
  remember(object: T): void {
    if (this.#hasSynced) this.#store.remember(this.#kept(object));
  }

  /** Starts once; later calls do nothing. Ends with the signal. */
  start(signal: AbortSignal): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.#run(signal);
  }

  waitForSync(): Promise<void> {
    return this.#synced.promise;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ baseMs: 200, maxMs: 10_000 });
    let resourceVersion: string | undefined;
    while (!signal.aborted) {
      // Noted before asking: a definition that appears in between is no reason to wait.
      const seen = this.#options.definitions?.countOf(this.kind) ?? 0;
      try {
        resourceVersion ??= await this.#relist(signal);
        for await (const version of this.#follow(resourceVersion, signal)) {
          resourceVersion = version;
          backoff.reset();
        }
        // A watch that the server ends at once (it restarts, or has too many) must not become a busy loop.
        await delay(backoff.next() / 4, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isKubeError(error, 'Expired', 'Gone')) resourceVersion = undefined;
        else if (isKubeError(error, 'NotFound')) {
          resourceVersion = undefined;
          await this.#waitForKind(seen, signal);
          continue;
        } else
          this.#options.log.debug('watch interrupted', {
            resource: this.kind.plural,
            error: toError(error).message,
          });
        await delay(backoff.next(), signal);
      }
    }
  }

  /** The kind is not served (its CRD is missing): an empty collection until that changes. */
  async #waitForKind(seen: number, signal: AbortSignal): Promise<void> {
    const { definitions } = this.#options;
    this.#store.clear();
    this.#setServed(false);
    this.#markSynced();
    await (definitions === undefined ? delay(3000, signal) : definitions.changed(this.kind, seen, signal));
  }

  #setServed(isServed: boolean): void {
    if (this.#isServed === isServed) return;
    this.#isServed = isServed;
    if (this.#hasSynced) for (const handler of this.#servedHandlers) handler();
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { client, kind } = this.#options;
    const items: T[] = [];
    let next: string | undefined;
    let version = '0';
    do {
      const page = await client.list(kind, {
        ...this.#selection(),
        limit: pageSize,
        ...(next === undefined ? {} : { continue: next }),
        signal: withDeadline(signal, listTimeoutMs),
      });
      items.push(...page.items.map((item) => this.#kept(item)));
      version = page.metadata.resourceVersion ?? version;
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
    this.#store.replace(items, version);
    this.#setServed(true);
    this.#markSynced();
    return version;
  }

  async *#follow(resourceVersion: string, signal: AbortSignal): AsyncGenerator<string> {
    const { client, kind } = this.#options;
    const events = client.watch(kind, {
      ...this.#selection(),
      resourceVersion,
      signal,
      ...(this.#options.onWatch === undefined ? {} : { onOpen: this.#options.onWatch }),
    });
    for await (const { type, object } of events) {
      const version = object.metadata.resourceVersion ?? resourceVersion;
      if (type === 'BOOKMARK') this.#store.reach(version);
      else this.#store.change(this.#kept(object), type === 'DELETED');
      yield version;
    }
  }

  /** Items of metadata-only answers are of a kind of their own. */
  #kept(object: T): T {
    if (object.apiVersion === undefined || this.#options.metadataOnly === true) {
      object.apiVersion = apiVersionOf(this.kind);
      object.kind = this.kind.kind;
    }
    return this.#options.transform?.(object) ?? object;
  }

  #selection(): Pick<InformerOptions<T>, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
    };
  }

  #markSynced(): void {
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#synced.resolve();
  }
}

/** A transform for those who only need to know that an object is there, or has changed. */
export function nameAndVersion({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { namespace, name = '', resourceVersion = '' } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { ...(namespace === undefined ? {} : { namespace }), name, resourceVersion },
  };
}

// Promise.withResolvers needs Node 22.
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
