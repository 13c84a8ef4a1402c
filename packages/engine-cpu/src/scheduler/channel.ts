/** A queue from one producer to one consumer; what the producer may push is bounded elsewhere. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #queue: T[] = [];
  #isClosed = false;
  #wake: (() => void) | null = null;

  push(item: T): void {
    this.#queue.push(item);
    this.#notify();
  }

  /** Items already pushed are still delivered. */
  close(): void {
    this.#isClosed = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#queue.length > 0) yield this.#queue.shift() as T;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
