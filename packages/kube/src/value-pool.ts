import type { KubeObject } from '@weir/api/meta';

/** Values per generation; what was not met again during two generations is forgotten. */
const generationSize = 4096;
const shortText = 10;
/** Larger values are hardly ever equal as a whole; their parts are. */
const longText = 1024;

/**
 * Lets objects share what is equal in them. Objects that one controller makes differ in names and little else, so
 * that a thousand of them need not hold a thousand copies of every probe, rule and script. Shared values are frozen
 * by agreement only: local copies are never modified.
 */
export class ValuePool {
  readonly #texts = new Generations<string>();
  readonly #values = new Generations<object>();

  /** Changes an object that nobody else holds yet. */
  share<T extends KubeObject>(object: T): T {
    return this.#shareParts(object);
  }

  #shareParts<T extends object>(value: T): T {
    const parts = value as Record<string, unknown>;
    for (const key of Object.keys(parts)) parts[key] = this.#share(parts[key]);
    return value;
  }

  #share(value: unknown): unknown {
    if (typeof value === 'string')
      return value.length < shortText ? value : this.#texts.keep(value, () => value);
    if (typeof value !== 'object' || value === null) return value;
    const text = JSON.stringify(value);
    if (text.length > longText) return this.#shareParts(value);
    return this.#values.keep(text, () => this.#shareParts(value));
  }
}

class Generations<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  keep(key: string, make: () => V): V {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const value = this.#old.get(key) ?? make();
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}
