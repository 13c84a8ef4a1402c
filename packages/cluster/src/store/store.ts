import { mkdir } from 'node:fs/promises';
import type { KubeObject } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import { lockDataFolder } from './data-lock.ts';
import { storeErrors } from './errors.ts';
import { EventLog, type StoreEvent } from './event-log.ts';
import { Journal, type StoreImage } from './journal.ts';
import type { OpenHandle } from './journal-file.ts';
import type { JournalEntry } from './journal-format.ts';

export interface StoreOptions {
  /** Folder of journal and snapshots; null keeps everything in memory only. */
  readonly folder: string | null;
  readonly log: Logger;
  /** How many changes a watch may lie behind. */
  readonly eventCapacity?: number;
  readonly compactBytes?: number;
  readonly openHandle?: OpenHandle;
}

interface StagedWrite {
  readonly resource: string;
  readonly key: string;
  /** The new state; null removes. */
  readonly object: KubeObject | null;
  /** What the writer took for the current state, by identity; another one means a conflict. */
  readonly expected: KubeObject | undefined;
}

interface PendingWrite {
  readonly entry: JournalEntry;
  /** What the writer gets: the object as stored, or as it was removed. */
  readonly result: KubeObject;
  readonly resolve: (object: KubeObject) => void;
  readonly reject: (error: unknown) => void;
}

type Listener = (event: StoreEvent) => void;

/**
 * All objects, in memory. Readers and watches see a write once the journal has it on disk; writers see staged ones at
 * once, so that they queue behind each other without waiting. Objects are shared and never modified.
 */
export class Store {
  readonly #log: Logger;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #staged = new Map<string, KubeObject | null>();
  /** Objects that were staged; entries of stored ones hold a settled promise and cost nothing. */
  readonly #inFlight = new WeakMap<KubeObject, Promise<KubeObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #events: EventLog;
  #journal: Journal | null = null;
  #unlock: () => void = () => {};
  #queue: PendingWrite[] = [];
  #flushing: Promise<void> | null = null;
  #committedRevision = 1;
  #nextRevision = 2;
  #isClosed = false;

  private constructor(options: StoreOptions) {
    this.#log = options.log;
    this.#events = new EventLog(options.eventCapacity ?? 5000);
    this.#events.startAt(this.#committedRevision);
  }

  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options);
    const { folder, ...rest } = options;
    if (folder !== null) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      store.#unlock = lockDataFolder(folder);
      try {
        store.#journal = await Journal.open({ folder, ...rest }, store.#replayTarget());
      } catch (error) {
        store.#unlock();
        throw error;
      }
    }
    store.#nextRevision = store.#committedRevision + 1;
    return store;
  }

  /** Revision of the newest visible write. */
  get revision(): number {
    return this.#committedRevision;
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(key);
  }

  /** The state that the next write meets: includes writes on their way to the disk. */
  peek(resource: string, key: string): KubeObject | undefined {
    const staged = this.#staged.get(`${resource} ${key}`);
    return staged === undefined ? this.get(resource, key) : (staged ?? undefined);
  }

  /** Objects of a collection in order of their keys. */
  list(resource: string, namespace?: string): KubeObject[] {
    const all = this.#objects.get(resource);
    if (all === undefined) return [];
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    const keys = [...all.keys()].filter((key) => key.startsWith(prefix)).sort();
    return keys.flatMap((key) => all.get(key) ?? []);
  }

  /**
   * Queues a write and returns when it is durable and visible; null when `expected` is not the current state any
   * more, so nothing was queued.
   */
  stage(write: StagedWrite): Promise<KubeObject> | null {
    const { resource, key } = write;
    if (this.#isClosed) return Promise.reject(storeErrors.CLOSED());
    const current = this.peek(resource, key);
    if (current !== write.expected) return null;
    const revision = this.#nextRevision++;
    const result = withRevision(write.object ?? current ?? noObject(resource, key), revision);
    const entry: JournalEntry = {
      resource,
      key,
      revision,
      ...(write.object === null ? {} : { object: result }),
    };
    this.#staged.set(`${resource} ${key}`, write.object === null ? null : result);
    const written = new Promise<KubeObject>((resolve, reject) => {
      this.#queue.push({ entry, result, resolve, reject });
    });
    this.#inFlight.set(result, written);
    this.#flushing ??= this.#flush();
    return written;
  }

  /** Waits until a state that `peek` gave is on the disk; throws when it could not be stored. */
  async settled(object: KubeObject): Promise<void> {
    const waiting = this.#inFlight.get(object);
    if (waiting !== undefined) await waiting;
  }

  /**
   * Calls `listener` for every change of a collection after `revision`, first for those that happened already.
   * Returns the function that ends it, or null when changes after `revision` are not known any more.
   */
  subscribe(resource: string, revision: number, listener: Listener): (() => void) | null {
    const missed = this.#events.after(revision);
    if (missed === null) return null;
    for (const event of missed) if (event.resource === resource) listener(event);
    const listeners = this.#listeners.get(resource) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(resource, listeners);
    return () => listeners.delete(listener);
  }

  /** Waits for queued writes, then closes the files. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#flushing;
    await this.#journal?.close();
    this.#unlock();
  }

  async #flush(): Promise<void> {
    // One turn of the event loop, so that writes of the same moment share one sync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#journal?.append(
          batch.map((write) => write.entry),
          () => this.#image(),
        );
      } catch (error) {
        this.#failAll(batch, error);
        continue;
      }
      for (const write of batch) this.#commit(write);
    }
    // In the same turn as the check above: a write staged between the two would wait for ever.
    this.#flushing = null;
  }

  // Writes queued meanwhile may build on the failed ones, so they fail with them.
  #failAll(batch: readonly PendingWrite[], error: unknown): void {
    const failed = [...batch, ...this.#queue];
    this.#queue = [];
    this.#staged.clear();
    this.#log.error('writes not stored', { count: failed.length, error });
    for (const write of failed) write.reject(error);
  }

  #commit(write: PendingWrite): void {
    const { resource, key } = write.entry;
    const staged = this.#staged.get(`${resource} ${key}`);
    const isNewest = write.entry.object === undefined ? staged === null : staged === write.result;
    if (isNewest) this.#staged.delete(`${resource} ${key}`);
    this.#apply(write.entry);
    write.resolve(write.result);
  }

  #apply(entry: JournalEntry): void {
    const collection = this.#objects.get(entry.resource) ?? new Map<string, KubeObject>();
    this.#objects.set(entry.resource, collection);
    const previous = collection.get(entry.key);
    if (entry.object === undefined) collection.delete(entry.key);
    else collection.set(entry.key, entry.object);
    this.#committedRevision = entry.revision;
    const object =
      entry.object ?? (previous === undefined ? undefined : withRevision(previous, entry.revision));
    if (object === undefined) return;
    const type = entry.object === undefined ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
    const event: StoreEvent = { type, resource: entry.resource, revision: entry.revision, object, previous };
    this.#events.push(event);
    this.#notify(event);
  }

  // A listener that fails must not stop the writes of others.
  #notify(event: StoreEvent): void {
    for (const listener of this.#listeners.get(event.resource) ?? []) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error('listener of the store failed', { resource: event.resource, error });
      }
    }
  }

  #image(): StoreImage {
    const entries: JournalEntry[] = [];
    for (const [resource, collection] of this.#objects) {
      for (const [key, object] of collection) {
        entries.push({ resource, key, revision: Number(object.metadata.resourceVersion), object });
      }
    }
    return { revision: this.#committedRevision, entries };
  }

  #replayTarget(): {
    load: (entries: Iterable<JournalEntry>, revision: number) => void;
    apply: (entry: JournalEntry) => void;
  } {
    return {
      load: (entries, revision) => {
        for (const entry of entries) this.#apply(entry);
        this.#committedRevision = revision;
        this.#events.startAt(revision);
      },
      apply: (entry) => this.#apply(entry),
    };
  }
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function noObject(resource: string, key: string): never {
  throw new Error(`removal of ${resource} ${key}, which does not exist`);
}
