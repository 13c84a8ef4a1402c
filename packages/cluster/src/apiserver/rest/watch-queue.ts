/** A client that lies so many events behind is cut off; it resumes from its last resourceVersion. */
const maxWaiting = 20_000;

/**
 * Hands items from a writer that never waits to one reader. Ends, after what is queued, when the signal aborts, the
 * life time is over or the reader is too slow.
 */
export class WatchQueue<T> implements AsyncIterable<T> {
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #end = (): void => this.end();
  #items: T[] = [];
  #wake: () => void = () => {};
  #release: () => void = () => {};
  #isEnded = false;

  constructor(signal: AbortSignal, lifeMs: number) {
    this.#signal = signal;
    this.#timer = setTimeout(this.#end, lifeMs);
    this.#timer.unref();
    if (signal.aborted) this.end();
    else signal.addEventListener('abort', this.#end, { once: true });
  }

  push(item: T): void {
    if (this.#isEnded) return;
    this.#items.push(item);
    if (this.#items.length > maxWaiting) this.end();
    this.#wake();
  }

  /** Calls `release` once when the queue ends, even if nobody ever read from it. */
  onEnd(release: () => void): void {
    this.#release = release;
    if (this.#isEnded) release();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#end);
    this.#release();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const items = this.#items;
        this.#items = [];
        for (const item of items) {
          if (this.#signal.aborted) return;
          yield item;
        }
        if (this.#items.length > 0) continue;
        if (this.#isEnded) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.end();
    }
  }
}
