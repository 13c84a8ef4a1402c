import { malformed } from './fields.ts';

/** Gets the payload ranges of a chunked body: bytes `[start, end)` of the buffer that is being read. */
export type PayloadHandler = (buffer: Buffer, start: number, end: number) => void;

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done';

const maxSizeDigits = 8;
const maxExtensionBytes = 1024;
const maxTrailerBytes = 8192;
const cr = 0x0d;
const lf = 0x0a;

/**
 * Follows chunked framing through buffers that are cut anywhere, strictly (RFC 9112 7.1). Used to decode request
 * bodies, and to find the end of responses whose bytes are passed on untouched.
 */
export class ChunkedReader {
  #state: State = 'size';
  #remaining = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  #previous = 0;

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** True between two chunks: another chunk may be inserted here. */
  get isAtBoundary(): boolean {
    return this.#state === 'size' && this.#digits === 0;
  }

  /** Consumes `[start, end)` and returns where the body ended, or `end`. Throws `HttpError` on broken framing. */
  push(buffer: Buffer, start: number, end: number, onPayload?: PayloadHandler): number {
    let position = start;
    while (position < end && this.#state !== 'done') {
      if (this.#state === 'data') {
        const stop = Math.min(end, position + this.#remaining);
        onPayload?.(buffer, position, stop);
        this.#remaining -= stop - position;
        position = stop;
        if (this.#remaining === 0) this.#state = 'data-cr';
      } else {
        this.#step(buffer[position] ?? 0);
        position++;
      }
    }
    return position;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#readSize(byte);
        return;
      case 'extension':
        this.#readExtension(byte);
        return;
      case 'size-lf':
        if (byte !== lf) throw malformed('a chunk size line does not end in CRLF');
        this.#endSizeLine();
        return;
      case 'data-cr':
        if (byte !== cr) throw malformed('a chunk is longer than its size says');
        this.#state = 'data-lf';
        return;
      case 'data-lf':
        if (byte !== lf) throw malformed('a chunk is longer than its size says');
        this.#state = 'size';
        return;
      default:
        this.#readTrailer(byte);
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > maxSizeDigits) throw malformed('a chunk size is too long');
      this.#remaining = this.#remaining * 16 + digit;
    } else if (this.#digits === 0) throw malformed('a chunk size is not a hexadecimal number');
    else if (byte === cr) this.#state = 'size-lf';
    else if (byte === 0x3b) this.#state = 'extension';
    else throw malformed('a chunk size is not a hexadecimal number');
  }

  #readExtension(byte: number): void {
    if (byte === cr) this.#state = 'size-lf';
    else if (byte < 0x20 && byte !== 0x09) throw malformed('a chunk extension holds a control character');
    else if (++this.#lineBytes > maxExtensionBytes) throw malformed('a chunk extension is too long');
  }

  #endSizeLine(): void {
    this.#state = this.#remaining === 0 ? 'trailer' : 'data';
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#previous = 0;
  }

  /** Trailers are checked for their line ends and length only; who decodes drops them. */
  #readTrailer(byte: number): void {
    if (++this.#trailerBytes > maxTrailerBytes) throw malformed('the trailers are too long');
    if (this.#previous === cr) {
      if (byte !== lf) throw malformed('a trailer line holds a bare CR');
      if (this.#lineBytes === 0) this.#state = 'done';
      this.#lineBytes = 0;
    } else if (byte === lf || byte === 0) throw malformed('a trailer line holds a bare LF or NUL');
    else if (byte !== cr) this.#lineBytes++;
    this.#previous = byte;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
