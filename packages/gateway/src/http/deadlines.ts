export interface Timed {
  /** On the `performance.now()` clock; Infinity when nothing is waited for. */
  deadlineMs: number;
  onDeadline(): void;
}

/** One sweep over everything that may expire instead of a timer per request: setting a deadline is one store. */
export class Deadlines {
  readonly #items = new Set<Timed>();
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 100) {
    this.#timer = setInterval(() => this.#sweep(), everyMs);
    this.#timer.unref();
  }

  add(item: Timed): void {
    this.#items.add(item);
  }

  delete(item: Timed): void {
    this.#items.delete(item);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#items.clear();
  }

  #sweep(): void {
    const now = performance.now();
    for (const item of this.#items) {
      if (item.deadlineMs > now) continue;
      item.deadlineMs = Number.POSITIVE_INFINITY;
      item.onDeadline();
    }
  }
}
