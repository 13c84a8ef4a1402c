interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/** After this time a change that never showed up counts as lost, and the controller looks at the cache again. */
const forgottenAfterMs = 5 * 60_000;

/**
 * Remembers creations and deletions that were asked for but that the cache does not show yet. Until it does, the
 * number of replicas in the cache is wrong and must not be acted upon: otherwise pods would be created twice.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expectation>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  expectCreations(key: string, count: number): void {
    this.#byKey.set(key, { creations: count, deletions: new Set(), sinceMs: this.#nowMs() });
  }

  expectDeletions(key: string, uids: readonly string[]): void {
    this.#byKey.set(key, { creations: 0, deletions: new Set(uids), sinceMs: this.#nowMs() });
  }

  /** A creation was seen in the cache, or will never happen. */
  creationObserved(key: string, count = 1): void {
    const expectation = this.#byKey.get(key);
    if (expectation !== undefined) expectation.creations -= count;
  }

  deletionObserved(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  isSatisfied(key: string): boolean {
    const expectation = this.#byKey.get(key);
    if (expectation === undefined) return true;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return true;
    return this.#nowMs() - expectation.sinceMs > forgottenAfterMs;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
