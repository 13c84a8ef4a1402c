import { type KubeObject, keyOf, keyText, type ObjectKey } from '@weir/api/meta';

export interface ObjectChange<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** The state before, when there was one. */
  readonly previous: T | undefined;
}

export type ChangeHandler<T extends KubeObject> = (change: ObjectChange<T>) => void;

/**
 * A local copy of a collection with its indexes. Changes arrive in the order of the server, except what a write of
 * this process answered: that is ahead of the watch until the watch catches up.
 */
export class ObjectStore<T extends KubeObject> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #indexes = new Map<string, Index<T>>();
  /** Keys of what was remembered from own writes and not yet seen by the watch. */
  readonly #ahead = new Set<string>();
  #revision = 0;

  get({ namespace, name }: ObjectKey): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  list(namespace?: string): T[] {
    if (namespace !== undefined) return [...(this.#namespaces.get(namespace)?.values() ?? [])];
    return [...this.#namespaces.values()].flatMap((objects) => [...objects.values()]);
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    const index = new Index<T>(values);
    for (const object of this.list()) index.update(undefined, object);
    this.#indexes.set(name, index);
  }

  byIndex(name: string, value: string): T[] {
    return [...(this.#indexes.get(name)?.objects(value) ?? [])];
  }

  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.list()) handler({ type: 'added', object, previous: undefined });
    return () => this.#handlers.delete(handler);
  }

  /** The whole collection as it was at a version. */
  replace(items: readonly T[], version: string): void {
    this.#revision = revisionOf(version);
    const fresh = new Set(items.map((item) => keyText(keyOf(item))));
    for (const object of this.list()) {
      const isLater = this.#isAhead(object) && revisionOf(object.metadata.resourceVersion) > this.#revision;
      if (!fresh.has(keyText(keyOf(object))) && !isLater) this.#put(object, true);
    }
    for (const item of items) this.#receive(item, false);
  }

  clear(): void {
    this.#ahead.clear();
    this.replace([], '0');
  }

  /** A change that the watch reports. */
  change(object: T, isGone: boolean): void {
    this.#receive(object, isGone);
    this.reach(object.metadata.resourceVersion);
  }

  /** The watch has come to this version. */
  reach(version: string | undefined): void {
    this.#revision = Math.max(this.#revision, revisionOf(version));
  }

  /**
   * What the server answered to a write of this process. The watch may have passed that version already, and know of
   * a later change or deletion; then there is nothing to learn.
   */
  remember(object: T): void {
    const revision = revisionOf(object.metadata.resourceVersion);
    const known = this.get(keyOf(object));
    if (revision <= this.#revision || revision <= revisionOf(known?.metadata.resourceVersion)) return;
    this.#ahead.add(keyText(keyOf(object)));
    this.#put(object, false);
  }

  #isAhead(object: T): boolean {
    return this.#ahead.size > 0 && this.#ahead.has(keyText(keyOf(object)));
  }

  #receive(object: T, isGone: boolean): void {
    if (this.#isAhead(object)) {
      const known = revisionOf(this.get(keyOf(object))?.metadata.resourceVersion);
      if (revisionOf(object.metadata.resourceVersion) < known) return;
      this.#ahead.delete(keyText(keyOf(object)));
    }
    this.#put(object, isGone);
  }

  #put(object: T, isGone: boolean): void {
    const { namespace, name } = keyOf(object);
    const objects = this.#namespaces.get(namespace) ?? new Map<string, T>();
    const previous = objects.get(name);
    if (isGone) {
      if (previous === undefined) return;
      objects.delete(name);
      this.#ahead.delete(keyText({ namespace, name }));
      if (objects.size === 0) this.#namespaces.delete(namespace);
    } else {
      if (previous?.metadata.resourceVersion === object.metadata.resourceVersion && previous !== undefined)
        return;
      objects.set(name, object);
      this.#namespaces.set(namespace, objects);
    }
    for (const index of this.#indexes.values()) index.update(previous, isGone ? undefined : object);
    const type = isGone ? 'deleted' : previous === undefined ? 'added' : 'updated';
    for (const handler of this.#handlers) handler({ type, object, previous });
  }
}

/** Servers number their changes; a version that is no number is never compared. */
function revisionOf(version: string | undefined): number {
  return version !== undefined && /^\d+$/.test(version) ? Number(version) : 0;
}

class Index<T> {
  readonly #values: (object: T) => readonly string[];
  readonly #objectsOfValue = new Map<string, Set<T>>();

  constructor(values: (object: T) => readonly string[]) {
    this.#values = values;
  }

  objects(value: string): ReadonlySet<T> {
    return this.#objectsOfValue.get(value) ?? new Set();
  }

  update(previous: T | undefined, next: T | undefined): void {
    for (const value of previous === undefined ? [] : this.#values(previous)) {
      const objects = this.#objectsOfValue.get(value);
      objects?.delete(previous as T);
      if (objects?.size === 0) this.#objectsOfValue.delete(value);
    }
    for (const value of next === undefined ? [] : this.#values(next)) {
      const objects = this.#objectsOfValue.get(value) ?? new Set<T>();
      objects.add(next as T);
      this.#objectsOfValue.set(value, objects);
    }
  }
}
