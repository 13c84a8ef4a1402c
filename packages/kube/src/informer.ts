import type { KubeObject, ObjectKey, ResourceKind } from '@weir/api/meta';
import { keyOf, keyText } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { Backoff, delay } from './backoff.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: ResourceKind<T>;
  readonly log: Logger;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What the cache keeps of an object, such as one without the values of Secrets; default: all. */
  readonly transform?: (object: T) => T;
}

export interface ObjectChange<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** The state before, when there was one. */
  readonly previous: T | undefined;
}

export type ChangeHandler<T extends KubeObject> = (change: ObjectChange<T>) => void;

/** A list page that takes longer is asked for again: a connection can die without a word. */
const listTimeoutMs = 60_000;

/**
 * Keeps a copy of a collection: one list, then a watch that resumes from the last seen resourceVersion (bookmarks
 * move it forward), and a new list only after 410 Gone. Objects in the cache are shared: never modify them.
 */
export class Informer<T extends KubeObject = KubeObject> {
  readonly kind: ResourceKind<T>;
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #indexes = new Map<string, Index<T>>();
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
    return this.#objects.get(keyText(key));
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  /** Adds an index before the start; `values` gives the index values of an object. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    const index = new Index<T>(values);
    for (const [key, object] of this.#objects) index.update(key, undefined, object);
    this.#indexes.set(name, index);
  }

  byIndex(name: string, value: string): T[] {
    const keys = this.#indexes.get(name)?.keys(value) ?? [];
    return [...keys].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Calls the handler for every change, and at once with `added` for what is cached already. */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) handler({ type: 'added', object, previous: undefined });
    return () => this.#handlers.delete(handler);
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
          await this.#waitForKind(signal);
        } else
          this.#options.log.debug('watch interrupted', {
            resource: this.kind.plural,
            error: toError(error).message,
          });
        await delay(backoff.next(), signal);
      }
    }
  }

  /** The kind is not served (its CRD is missing): an empty collection, asked for again every few seconds. */
  async #waitForKind(signal: AbortSignal): Promise<void> {
    this.#replaceAll([]);
    this.#setServed(false);
    this.#markSynced();
    await delay(3000, signal);
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
        limit: 500,
        ...(next === undefined ? {} : { continue: next }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]),
      });
      items.push(...page.items);
      version = page.metadata.resourceVersion ?? version;
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
    this.#replaceAll(items);
    this.#setServed(true);
    this.#markSynced();
    return version;
  }

  async *#follow(resourceVersion: string, signal: AbortSignal): AsyncGenerator<string> {
    const { client, kind } = this.#options;
    for await (const event of client.watch(kind, { ...this.#selection(), resourceVersion, signal })) {
      const version = event.object.metadata.resourceVersion ?? resourceVersion;
      if (event.type !== 'BOOKMARK') {
        event.object.apiVersion ??= kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
        event.object.kind ??= kind.kind;
        this.#set(event.object, event.type === 'DELETED');
      }
      yield version;
    }
  }

  #selection(): { namespace?: string; labelSelector?: string; fieldSelector?: string } {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  #replaceAll(items: readonly T[]): void {
    const fresh = new Set(items.map((item) => keyText(keyOf(item))));
    for (const [key, object] of [...this.#objects]) if (!fresh.has(key)) this.#set(object, true);
    for (const item of items) this.#set(item, false);
  }

  #set(received: T, gone: boolean): void {
    const object = this.#options.transform?.(received) ?? received;
    const key = keyText(keyOf(object));
    const previous = this.#objects.get(key);
    if (gone) this.#objects.delete(key);
    else if (previous?.metadata.resourceVersion === object.metadata.resourceVersion && previous !== undefined)
      return;
    else this.#objects.set(key, object);
    if (gone && previous === undefined) return;
    for (const index of this.#indexes.values()) index.update(key, previous, gone ? undefined : object);
    const type = gone ? 'deleted' : previous === undefined ? 'added' : 'updated';
    for (const handler of this.#handlers) handler({ type, object, previous });
  }

  #markSynced(): void {
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#synced.resolve();
  }
}

class Index<T> {
  readonly #values: (object: T) => readonly string[];
  readonly #keysOfValue = new Map<string, Set<string>>();

  constructor(values: (object: T) => readonly string[]) {
    this.#values = values;
  }

  keys(value: string): ReadonlySet<string> {
    return this.#keysOfValue.get(value) ?? new Set();
  }

  update(key: string, previous: T | undefined, next: T | undefined): void {
    for (const value of previous === undefined ? [] : this.#values(previous)) {
      const keys = this.#keysOfValue.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOfValue.delete(value);
    }
    for (const value of next === undefined ? [] : this.#values(next)) {
      const keys = this.#keysOfValue.get(value) ?? new Set<string>();
      keys.add(key);
      this.#keysOfValue.set(value, keys);
    }
  }
}

// Promise.withResolvers needs Node 22.
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
