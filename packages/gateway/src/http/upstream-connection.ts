import { connect, type Socket } from 'node:net';
import { ChunkedReader, type PayloadHandler } from './chunked.ts';
import { HttpError } from './fields.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

export type UpstreamFailure = 'connect' | 'closed' | 'protocol' | 'truncated';

/** What happens to one request on an upstream connection. After `onEnd` or `onFailure` nothing more follows. */
export interface UpstreamHandler {
  onInformational(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /**
   * Raw bytes with their framing, once for every read after the head (so once empty when the head came alone).
   * Returns false to stop reading until `resume`; the buffer is reused after.
   */
  onBytes(buffer: Buffer, start: number, end: number): boolean;
  /** Gets the payload inside the framing, before `onBytes` of the same read; null when nobody looks. */
  readonly onPayload: PayloadHandler | null;
  onEnd(): void;
  onFailure(failure: UpstreamFailure, error: Error): void;
  onDrain(): void;
}

const readBufferBytes = 16_384;
const maxHeadBytes = 65_536;
const maxFields = 200;
const headEnd = Buffer.from('\r\n\r\n');

/**
 * One keep-alive connection to a model server. Reads into one static buffer that is handed on before the next read:
 * no stream layer, no copies, and back-pressure holds at most that one buffer.
 */
export class UpstreamConnection {
  readonly address: string;
  /** Called once when the connection is over while no request is on it. */
  onIdleClose: (connection: UpstreamConnection) => void = () => {};
  idleSinceMs = 0;
  hasServed = false;
  readonly #socket: Socket;
  readonly #buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  #handler: UpstreamHandler | null = null;
  #method = '';
  #isRequestSent = false;
  #head: ResponseHead | null = null;
  #partialHead: Buffer | null = null;
  #chunks: ChunkedReader | null = null;
  #remaining = 0;
  #isConnected = false;
  #isClosed = false;
  #isReusable = true;

  constructor(address: string) {
    this.address = address;
    const colon = address.lastIndexOf(':');
    this.#socket = connect({
      host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(address.slice(colon + 1)),
      noDelay: true,
      onread: { buffer: this.#buffer, callback: (length: number) => this.#onRead(length) },
    });
    this.#socket.on('connect', () => {
      this.#isConnected = true;
    });
    this.#socket.on('drain', () => this.#handler?.onDrain());
    this.#socket.on('end', () => this.#onClosed(new Error('the model server closed the connection')));
    this.#socket.on('error', (error) => this.#onClosed(error));
    this.#socket.on('close', () => this.#onClosed(new Error('the connection closed')));
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** The request and its response are complete and the server keeps the connection. */
  get isReusable(): boolean {
    return this.#isReusable && !this.#isClosed && this.#handler === null;
  }

  /** True where another chunk could be put into the response: between two chunks of a chunked body. */
  get isAtChunkBoundary(): boolean {
    return this.#chunks?.isAtBoundary ?? false;
  }

  /** Sends a head, with a whole body or its beginning. `isComplete`: nothing of the request follows. */
  send(handler: UpstreamHandler, method: string, bytes: Buffer | string, isComplete: boolean): void {
    this.#handler = handler;
    this.#method = method;
    this.#head = null;
    this.#chunks = null;
    this.#remaining = 0;
    this.#isRequestSent = isComplete;
    if (typeof bytes === 'string') this.#socket.write(bytes, 'latin1');
    else this.#socket.write(bytes);
  }

  /** Sends more of the body; false when the sender should wait for `onDrain`. */
  writeBody(bytes: Buffer, isLast: boolean): boolean {
    if (isLast) this.#isRequestSent = true;
    return bytes.length === 0 || this.#socket.write(bytes);
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection at once; the handler hears nothing more. The model server sees a reset and stops. */
  abort(): void {
    this.#handler = null;
    this.#isReusable = false;
    if (this.#isConnected && !this.#isClosed) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Ends an idle connection politely. */
  close(): void {
    this.#isReusable = false;
    this.#socket.destroy();
  }

  #onRead(length: number): boolean {
    if (this.#handler === null) {
      // Bytes nobody asked for: whatever they are, they must not become the next response.
      this.abort();
      return false;
    }
    try {
      return this.#consume(length);
    } catch (error) {
      this.#fail('protocol', error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  #consume(length: number): boolean {
    let position = 0;
    while (this.#head === null) {
      position = this.#readHead(position, length);
      if (position < 0) return true;
    }
    return this.#readBody(this.#head, position, length);
  }

  /** Returns where the head ended, or -1 when it has not. */
  #readHead(start: number, length: number): number {
    const partial = this.#partialHead;
    const fresh = this.#buffer.subarray(start, length);
    const bytes = partial === null ? fresh : Buffer.concat([partial, fresh]);
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      if (bytes.length > maxHeadBytes)
        throw new HttpError(502, 'upstream_protocol_error', 'its head is too large');
      this.#partialHead = partial === null ? Buffer.from(bytes) : bytes;
      return -1;
    }
    this.#partialHead = null;
    const head = parseResponseHead(bytes.toString('latin1', 0, end), this.#method, maxFields);
    if (head.status < 200) this.#handler?.onInformational(head);
    else this.#beginBody(head);
    return start + end + 4 - (partial?.length ?? 0);
  }

  #beginBody(head: ResponseHead): void {
    this.#head = head;
    // An answer to half a request leaves the other half on the wire: never reuse such a connection.
    this.#isReusable = head.keepAlive && this.#isRequestSent;
    if (head.framing.type === 'chunked') this.#chunks = new ChunkedReader();
    if (head.framing.type === 'length') this.#remaining = head.framing.length;
    this.#handler?.onHead(head);
  }

  #readBody(head: ResponseHead, start: number, length: number): boolean {
    const handler = this.#handler;
    if (handler === null) return false;
    const onPayload = handler.onPayload ?? undefined;
    let end = length;
    if (this.#chunks !== null) end = this.#chunks.push(this.#buffer, start, length, onPayload);
    else if (head.framing.type !== 'until-close') {
      end = Math.min(length, start + this.#remaining);
      this.#remaining -= end - start;
      if (end > start) onPayload?.(this.#buffer, start, end);
    } else if (end > start) onPayload?.(this.#buffer, start, end);
    const goesOn = handler.onBytes(this.#buffer, start, end);
    if (this.#isComplete(head)) {
      if (end < length) this.#isReusable = false;
      this.#finish();
      return true;
    }
    return goesOn;
  }

  #isComplete(head: ResponseHead): boolean {
    if (head.framing.type === 'chunked') return this.#chunks?.isDone ?? false;
    return head.framing.type !== 'until-close' && this.#remaining === 0;
  }

  #finish(): void {
    const handler = this.#handler;
    this.#handler = null;
    this.hasServed = true;
    if (!this.#isReusable) this.#socket.destroy();
    handler?.onEnd();
  }

  #onClosed(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    if (this.#handler === null) this.onIdleClose(this);
    else if (!this.#isConnected) this.#fail('connect', error);
    else if (this.#head === null) this.#fail('closed', error);
    else if (this.#head.framing.type === 'until-close') this.#finish();
    else this.#fail('truncated', error);
  }

  #fail(failure: UpstreamFailure, error: Error): void {
    const handler = this.#handler;
    this.abort();
    handler?.onFailure(failure, error);
  }
}
