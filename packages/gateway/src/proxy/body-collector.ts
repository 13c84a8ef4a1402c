const empty = Buffer.alloc(0);

/** Holds a request body whole, up to a limit. With a known length it is read into one buffer of that size. */
export class BodyCollector {
  readonly #limit: number;
  #buffer: Buffer;
  #length = 0;

  constructor(expectedBytes: number | null, limit: number) {
    this.#limit = limit;
    this.#buffer = expectedBytes === null ? empty : Buffer.allocUnsafe(Math.min(expectedBytes, limit));
  }

  /** False when the body is larger than the limit. */
  add(buffer: Buffer, start: number, end: number): boolean {
    const needed = this.#length + end - start;
    if (needed > this.#limit) return false;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(
        Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2, 4096)),
      );
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    buffer.copy(this.#buffer, this.#length, start, end);
    this.#length = needed;
    return true;
  }

  get body(): Buffer {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }
}
