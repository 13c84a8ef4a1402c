import { ChunkedReader, type PayloadHandler } from './chunked.ts';
import type { RequestFraming } from './request-head.ts';

/** Finds the payload of one request body in what a connection reads; the client's own framing ends here. */
export class RequestBodyReader {
  readonly #chunks: ChunkedReader | null;
  #remaining: number;

  constructor(framing: RequestFraming) {
    this.#chunks = framing.type === 'chunked' ? new ChunkedReader() : null;
    this.#remaining = framing.type === 'length' ? framing.length : 0;
  }

  get isDone(): boolean {
    return this.#chunks === null ? this.#remaining === 0 : this.#chunks.isDone;
  }

  /** Consumes `[start, end)` and returns where the body ended, or `end`. Throws `HttpError` on broken framing. */
  push(buffer: Buffer, start: number, end: number, onPayload: PayloadHandler): number {
    if (this.#chunks !== null) return this.#chunks.push(buffer, start, end, onPayload);
    const stop = Math.min(end, start + this.#remaining);
    if (stop > start) onPayload(buffer, start, stop);
    this.#remaining -= stop - start;
    return stop;
  }
}
