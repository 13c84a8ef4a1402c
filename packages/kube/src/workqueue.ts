import { Backoff } from './backoff.ts';

/**
 * A queue of keys with controller-runtime's guarantees: a key is queued once, is never worked on by two workers at
 * the same time, and a key added while it is being worked on is handed out again afterwards.
 */
export class WorkQueue {
  readonly #ready: string[] = [];
  readonly #queued = new Set<string>();
  readonly #active = new Set<string>();
  readonly #dirty = new Set<string>();
  readonly #timers = new Map<string, { timer: NodeJS.Timeout; dueMs: number }>();
  readonly #backoffs = new Map<string, Backoff>();
  readonly #waiters: ((key: string | undefined) => void)[] = [];
  #closed = false;

  get length(): number {
    return this.#ready.length;
  }

  /** Nothing is queued, worked on or waiting for a retry. */
  get isIdle(): boolean {
    return this.#ready.length === 0 && this.#active.size === 0 && this.#timers.size === 0;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#active.has(key)) this.#dirty.add(key);
    else if (!this.#queued.has(key)) {
      this.#queued.add(key);
      this.#ready.push(key);
      this.#handOut();
    }
  }

  /** Adds the key after a while; of several pending delays for one key the shortest wins. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const dueMs = performance.now() + ms;
    const pending = this.#timers.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    clearTimeout(pending?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, ms);
    this.#timers.set(key, { timer, dueMs });
  }

  /** Adds the key after its own back-off, 5 ms doubling to `maxMs`. */
  addRateLimited(key: string, maxMs = 60_000): void {
    const backoff = this.#backoffs.get(key) ?? new Backoff({ baseMs: 5, maxMs: 60_000 });
    this.#backoffs.set(key, backoff);
    this.addAfter(key, Math.min(maxMs, backoff.next()));
  }

  /** The key succeeded: its back-off starts anew. */
  forget(key: string): void {
    this.#backoffs.delete(key);
  }

  /** The next key, or undefined once the queue is closed. Every key must be given back with `done`. */
  take(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(undefined);
      this.#waiters.push(resolve);
      this.#handOut();
    });
  }

  done(key: string): void {
    this.#active.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  #handOut(): void {
    while (this.#waiters.length > 0 && this.#ready.length > 0) {
      const key = this.#ready.shift() as string;
      this.#queued.delete(key);
      this.#active.add(key);
      this.#waiters.shift()?.(key);
    }
  }
}
