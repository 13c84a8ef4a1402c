import type { Socket } from 'node:net';
import type { Deadlines, Timed } from './deadlines.ts';
import { HttpError, isToken, malformed } from './fields.ts';
import type { GatewayLimits } from './limits.ts';
import { RequestBodyReader } from './request-body.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

/** What happens to one request, told by its connection. */
export interface RequestSink {
  onBody(buffer: Buffer, start: number, end: number): void;
  onBodyEnd(): void;
  /** The client left, or the rest of its body is unreadable (`error`). Nothing more follows. */
  onAbort(error: HttpError | null): void;
}

export interface ConnectionHandler {
  onRequest(head: RequestHead, connection: ClientConnection): RequestSink;
  /** Bytes of a complete answer, to be followed by a close, for a request that never became one. */
  errorReply(error: HttpError): string;
  onClosed(connection: ClientConnection): void;
}

type State = 'head' | 'body' | 'response' | 'lingering' | 'closed';

const lineBreaks = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);
const lingerMs = 1000;

/** The server side of one HTTP/1.1 connection: one request at a time, in order; later ones wait in the buffer. */
export class ClientConnection implements Timed {
  readonly remoteAddress: string;
  deadlineMs: number;
  readonly #socket: Socket;
  readonly #handler: ConnectionHandler;
  readonly #limits: GatewayLimits;
  readonly #deadlines: Deadlines;
  readonly #onPayload = (buffer: Buffer, start: number, end: number): void =>
    this.#sink?.onBody(buffer, start, end);
  #state: State = 'head';
  #pending: Buffer = nothing;
  #sink: RequestSink | null = null;
  #body: RequestBodyReader | null = null;
  #closesAfterResponse = false;
  #isDraining = false;
  #isAdvancing = false;

  constructor(socket: Socket, handler: ConnectionHandler, limits: GatewayLimits, deadlines: Deadlines) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#deadlines = deadlines;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.deadlineMs = performance.now() + limits.headTimeoutMs;
    deadlines.add(this);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => {
      // A client that half-closes after a complete answer still gets the rest of it; otherwise it has left.
      if (this.#state !== 'lingering') this.#onGone();
    });
    socket.on('error', () => this.#onGone());
    socket.on('close', () => this.#onGone());
  }

  /** True when bytes wait in user space: stop producing until `whenFlushed` calls. */
  get isBackedUp(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** Whether the response must say `Connection: close`; once true it stays so. */
  get closesAfterResponse(): boolean {
    this.#closesAfterResponse ||= this.#isDraining || this.#state === 'body';
    return this.#closesAfterResponse;
  }

  write(chunk: Buffer | string): void {
    if (typeof chunk === 'string') this.#socket.write(chunk, 'latin1');
    else this.#socket.write(chunk);
  }

  /** Calls back when everything written so far has reached the kernel. */
  whenFlushed(callback: () => void): void {
    this.#socket.write(nothing, callback);
  }

  /** Stops reading the body; the client cannot be late while we do not listen. */
  pauseBody(): void {
    if (this.#state === 'body') this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#socket.pause();
  }

  resumeBody(): void {
    if (this.#state === 'body') this.deadlineMs = performance.now() + this.#limits.bodyIdleTimeoutMs;
    this.#socket.resume();
  }

  /** The response is complete: go on with the next request, or close. */
  finishResponse(): void {
    if (this.#state === 'closed') return;
    this.#sink = null;
    if (this.closesAfterResponse) {
      this.#linger();
      return;
    }
    this.#state = 'head';
    this.deadlineMs = performance.now() + this.#limits.keepAliveTimeoutMs;
    this.#socket.resume();
    if (!this.#isAdvancing) this.#advance();
  }

  /** Ends a response that cannot be completed: what is written is flushed, and no clean end follows. */
  cutResponse(lastBytes: Buffer | null): void {
    this.#sink = null;
    if (lastBytes === null) this.#socket.destroy();
    else {
      if (this.#state !== 'closed') this.#socket.end(lastBytes);
      this.#state = 'lingering';
      this.deadlineMs = performance.now() + lingerMs;
    }
  }

  /** Closes when idle, else after the response in progress. */
  drain(): void {
    this.#isDraining = true;
    if (this.#sink === null && this.#state === 'head') this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onDeadline(): void {
    if (this.#state === 'lingering' || (this.#state === 'head' && this.#pending.length === 0)) {
      this.#socket.destroy();
    } else if (this.#state === 'head' || this.#state === 'body') {
      this.#refuse(new HttpError(408, 'request_timeout', 'the request did not arrive in time'));
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'lingering') return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#advance();
  }

  #advance(): void {
    this.#isAdvancing = true;
    try {
      while (this.#pending.length > 0 && this.#step()) {}
    } catch (error) {
      this.#refuse(error instanceof HttpError ? error : malformed('the request cannot be read'));
    } finally {
      this.#isAdvancing = false;
    }
  }

  /** Handles what is pending; false when more bytes, or the end of the response, must come first. */
  #step(): boolean {
    if (this.#state === 'head') return this.#readHead();
    if (this.#state === 'body') return this.#readBody();
    if (this.#state === 'response' && this.#pending.length > this.#limits.pipelinedBytes)
      this.#socket.pause();
    return false;
  }

  #readHead(): boolean {
    const pending = this.#pending;
    // One empty line before a request is tolerated: some clients end a body with an extra CRLF.
    const start = pending.length >= 2 && pending[0] === 0x0d && pending[1] === 0x0a ? 2 : 0;
    const end = pending.indexOf(lineBreaks, start);
    if (end < 0 || end - start > this.#limits.headBytes) {
      this.#checkPartialHead(pending, start);
      return false;
    }
    const head = parseRequestHead(pending.toString('latin1', start, end), this.#limits);
    this.#pending = pending.subarray(end + 4);
    this.#closesAfterResponse = !head.keepAlive;
    this.#begin(head);
    return true;
  }

  #begin(head: RequestHead): void {
    const hasBody = head.framing.type !== 'none';
    this.#state = hasBody ? 'body' : 'response';
    this.#body = hasBody ? new RequestBodyReader(head.framing) : null;
    this.deadlineMs = hasBody ? performance.now() + this.#limits.bodyIdleTimeoutMs : Number.POSITIVE_INFINITY;
    const sink = this.#handler.onRequest(head, this);
    // The handler may have answered at once; then the connection has moved on already.
    if (this.#state !== 'body' && this.#state !== 'response') return;
    this.#sink = sink;
    if (!hasBody) sink.onBodyEnd();
    else if (head.expectsContinue && this.#pending.length === 0) this.write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  #readBody(): boolean {
    const body = this.#body;
    if (body === null) return false;
    const pending = this.#pending;
    this.#pending = nothing;
    this.deadlineMs = performance.now() + this.#limits.bodyIdleTimeoutMs;
    const end = body.push(pending, 0, pending.length, this.#onPayload);
    if (end < pending.length) this.#pending = pending.subarray(end);
    if (body.isDone && this.#state === 'body') {
      this.#state = 'response';
      this.deadlineMs = Number.POSITIVE_INFINITY;
      this.#sink?.onBodyEnd();
    }
    return body.isDone;
  }

  /** Refuses early what can never become a request: waiting for its end would only tie up the connection. */
  #checkPartialHead(pending: Buffer, start: number): void {
    if (pending.length - start > this.#limits.headBytes) {
      throw new HttpError(
        431,
        'headers_too_large',
        `the request head is larger than ${this.#limits.headBytes} bytes`,
      );
    }
    const first = pending[start];
    if (first !== undefined && first !== 0x0d && !isToken(String.fromCharCode(first))) {
      throw malformed('this port speaks HTTP/1.1 without TLS');
    }
    for (let i = pending.indexOf(0x0a, start); i >= 0; i = pending.indexOf(0x0a, i + 1)) {
      if (pending[i - 1] !== 0x0d) throw malformed('a line ends in a bare LF');
    }
    if (pending.length === start) return;
    this.deadlineMs = Math.min(this.deadlineMs, performance.now() + this.#limits.headTimeoutMs);
  }

  #refuse(error: HttpError): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#closesAfterResponse = true;
    if (sink !== null) {
      // The request is known to its handler, which answers if it still can.
      sink.onAbort(error);
      if (this.#state !== 'closed') this.#linger();
      return;
    }
    if (this.#state === 'lingering' || this.#state === 'closed') return;
    this.write(this.#handler.errorReply(error));
    this.#linger();
  }

  /** Half-closes and reads on for a moment: closing with unread bytes would reset the answer away. */
  #linger(): void {
    if (this.#state === 'lingering' || this.#state === 'closed') return;
    this.#state = 'lingering';
    this.#pending = nothing;
    this.deadlineMs = performance.now() + lingerMs;
    this.#socket.resume();
    this.#socket.end();
  }

  #onGone(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#deadlines.delete(this);
    const sink = this.#sink;
    this.#sink = null;
    sink?.onAbort(null);
    this.#socket.destroy();
    this.#handler.onClosed(this);
  }
}
