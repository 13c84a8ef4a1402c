import type { HeaderModifier } from '@weir/api/gateway';
import type { EndCause } from '@weir/epp';
import type { PayloadHandler } from '../http/chunked.ts';
import type { ClientConnection } from '../http/client-connection.ts';
import type { Timed } from '../http/deadlines.ts';
import type { ResponseHead } from '../http/response-head.ts';
import type { UpstreamConnection, UpstreamFailure, UpstreamHandler } from '../http/upstream-connection.ts';
import type { Endpoint, ProxyContext } from './context.ts';
import { failureReply, noEndpoints, timedOut } from './delivery-errors.ts';
import type { ErrorReply } from './error-reply.ts';
import { frameChunk, joinHeadAndBody } from './request-bytes.ts';
import { ResponseRelay } from './response-relay.ts';
import type { Targets } from './targets.ts';

export interface DeliveryRequest {
  readonly method: string;
  readonly head: string;
  /** null: it streams, through `writeBody`. */
  readonly body: Buffer | null;
  readonly isChunked: boolean;
  readonly targets: Targets;
  /** May be sent again although a server may have begun with it: inference, and idempotent methods. */
  readonly isRepeatable: boolean;
  readonly responseModifiers: readonly HeaderModifier[];
  readonly requestId: string;
  readonly startedMs: number;
  readonly isHttp10: boolean;
  readonly showsServedBy: boolean;
  readonly routing: string | null;
  readonly requestTimeoutMs: number | null;
  readonly backendTimeoutMs: number | null;
}

export interface DeliveryOwner {
  /** No byte of an answer went out; the owner answers. */
  onUndelivered(error: ErrorReply): void;
  onDelivered(status: number, servedBy: Endpoint, isWhole: boolean): void;
}

const never = Number.POSITIVE_INFINITY;

/** Brings one request to an endpoint, to another one if that is safe and needed, and the answer back. */
export class Delivery implements UpstreamHandler, Timed {
  deadlineMs: number = never;
  onPayload: PayloadHandler | null = null;
  readonly #context: ProxyContext;
  readonly #request: DeliveryRequest;
  readonly #client: ClientConnection;
  readonly #owner: DeliveryOwner;
  #relay: ResponseRelay | null = null;
  #connection: UpstreamConnection | null = null;
  #endpoint: Endpoint | null = null;
  #isOver = false;
  #attemptStartedMs = 0;

  constructor(
    context: ProxyContext,
    request: DeliveryRequest,
    client: ClientConnection,
    owner: DeliveryOwner,
  ) {
    this.#context = context;
    this.#request = request;
    this.#client = client;
    this.#owner = owner;
  }

  /** Part of an answer has gone out: no other one can follow. */
  get hasAnswered(): boolean {
    return this.#relay !== null;
  }

  start(): void {
    this.#context.deadlines.add(this);
    const first = this.#request.targets.next();
    if (first === null) this.#giveUp(noEndpoints);
    else this.#attempt(first);
  }

  /** More of a streamed body. */
  writeBody(bytes: Buffer, isLast: boolean): void {
    const connection = this.#connection;
    if (connection === null || this.#isOver) return;
    const framed = this.#request.isChunked ? frameChunk(bytes, isLast) : bytes;
    if (!connection.writeBody(framed, isLast)) this.#client.pauseBody();
  }

  /** The client left: the model server must stop at once. */
  abort(): void {
    if (this.#isOver) return;
    this.#connection?.abort();
    this.#end('client-disconnect');
  }

  onInformational(head: ResponseHead): void {
    if (head.status !== 103 || this.#request.isHttp10) return;
    const links = head.names.flatMap((name, i) => (name === 'link' ? `link: ${head.values[i]}\r\n` : []));
    this.#client.write(`HTTP/1.1 103 Early Hints\r\n${links.join('')}\r\n`);
  }

  onHead(head: ResponseHead): void {
    const request = this.#request;
    request.targets.onResponseHeaders(head.status);
    this.#context.metrics.onResponseHead(request.startedMs);
    this.#relay = new ResponseRelay(this.#client, head, {
      modifiers: request.responseModifiers,
      requestId: request.requestId,
      isHttp10: request.isHttp10,
      servedBy: request.showsServedBy ? (this.#endpoint?.podName ?? this.#endpoint?.address ?? null) : null,
      routing: request.routing,
    });
    if (this.#relay.decodes) this.onPayload = this.#relay.onPayload;
  }

  onBytes(buffer: Buffer, start: number, end: number): boolean {
    this.deadlineMs = this.#limited(performance.now() + this.#context.limits.streamIdleTimeoutMs);
    const relay = this.#relay;
    if (relay === null) return true;
    relay.write(buffer, start, end);
    if (!this.#client.isBackedUp) return true;
    // The kernel has not taken all of it: the buffer belongs to that write until it is done.
    const connection = this.#connection;
    this.#client.whenFlushed(() => this.#onFlushed(connection));
    return false;
  }

  onDrain(): void {
    this.#client.resumeBody();
  }

  onEnd(): void {
    const connection = this.#connection;
    if (connection !== null) {
      if (this.#client.isBackedUp)
        this.#client.whenFlushed(() => this.#context.upstreams.release(connection));
      else this.#context.upstreams.release(connection);
    }
    const closes = this.#relay?.closesClient ?? false;
    this.#end('natural');
    if (closes) this.#client.cutResponse(noBytes);
    else this.#client.finishResponse();
  }

  onFailure(failure: UpstreamFailure, error: Error): void {
    const endpoint = this.#endpoint;
    if (this.#isOver || endpoint === null) return;
    this.#context.metrics.upstreamFailures.labels({ failure }).inc();
    this.#context.log.debug('upstream failed', {
      requestId: this.#request.requestId,
      endpoint: endpoint.address,
      failure,
      error: error.message,
    });
    if (failure === 'connect') this.#context.upstreams.markRefused(endpoint.address);
    if (this.#relay !== null) this.#cut(`the model server stopped in mid-answer: ${error.message}`);
    else this.#retryOrGiveUp(failure, endpoint, error);
  }

  onDeadline(): void {
    if (this.#isOver) return;
    const connection = this.#connection;
    const isConnecting = connection !== null && !connection.isConnected;
    const now = performance.now();
    if (!isConnecting && this.#relay === null && now < this.#firstByteDeadline()) {
      this.deadlineMs = this.#firstByteDeadline();
      return;
    }
    connection?.abort();
    if (this.#relay !== null) this.#cut('the answer took longer than its timeout');
    else if (isConnecting && now < this.#limited(never)) {
      this.onFailure('connect', new Error('the connection was not accepted in time'));
    } else this.#giveUp(timedOut);
  }

  #retryOrGiveUp(failure: UpstreamFailure, endpoint: Endpoint, error: Error): void {
    // A kept connection that ends says nothing about its server: it gets one more chance, on a new connection.
    const isStale = failure === 'closed' && (this.#connection?.hasServed ?? false);
    const next = this.#mayRetry(failure) ? (isStale ? endpoint : this.#request.targets.next()) : null;
    if (next === null) {
      this.#giveUp(failureReply(failure, endpoint, error));
      return;
    }
    this.#context.metrics.retries.inc();
    this.#context.inFlight.end(endpoint.address);
    this.#attempt(next, isStale);
  }

  #attempt(endpoint: Endpoint, onNewConnection = false): void {
    const { method, head, body } = this.#request;
    this.#endpoint = endpoint;
    this.#attemptStartedMs = performance.now();
    this.#context.inFlight.begin(endpoint.address);
    const { upstreams } = this.#context;
    const connection = onNewConnection
      ? upstreams.connect(endpoint.address)
      : upstreams.acquire(endpoint.address);
    this.#connection = connection;
    const connectDeadline = this.#attemptStartedMs + this.#context.limits.connectTimeoutMs;
    this.deadlineMs = connection.isConnected ? this.#firstByteDeadline() : this.#limited(connectDeadline);
    connection.send(this, method, body === null ? head : joinHeadAndBody(head, body), body !== null);
  }

  /** Before the first byte of an answer, with a body that was kept whole. */
  #mayRetry(failure: UpstreamFailure): boolean {
    if (this.#request.body === null) return false;
    if (failure === 'connect') return true;
    return failure === 'closed' && (this.#request.isRepeatable || (this.#connection?.hasServed ?? false));
  }

  #firstByteDeadline(): number {
    const { requestTimeoutMs, backendTimeoutMs } = this.#request;
    const isUnbounded = requestTimeoutMs !== null || backendTimeoutMs !== null;
    return this.#limited(
      isUnbounded ? never : this.#attemptStartedMs + this.#context.limits.firstByteTimeoutMs,
    );
  }

  /** The earliest of `deadlineMs` and what the route's timeouts allow; a timeout of 0 is none. */
  #limited(deadlineMs: number): number {
    const { requestTimeoutMs, backendTimeoutMs, startedMs } = this.#request;
    let earliest = deadlineMs;
    if (requestTimeoutMs !== null && requestTimeoutMs > 0)
      earliest = Math.min(earliest, startedMs + requestTimeoutMs);
    if (backendTimeoutMs !== null && backendTimeoutMs > 0) {
      earliest = Math.min(earliest, this.#attemptStartedMs + backendTimeoutMs);
    }
    return earliest;
  }

  #onFlushed(connection: UpstreamConnection | null): void {
    if (this.#isOver || connection === null) return;
    connection.resume();
  }

  #cut(message: string): void {
    const relay = this.#relay;
    const last = relay?.errorEvent(message, this.#connection?.isAtChunkBoundary ?? false) ?? null;
    const endpoint = this.#endpoint;
    this.#end('error');
    this.#client.cutResponse(last);
    if (endpoint !== null && relay !== null) this.#owner.onDelivered(relay.status, endpoint, false);
  }

  #giveUp(error: ErrorReply): void {
    this.#end('error');
    this.#owner.onUndelivered(error);
  }

  #end(cause: EndCause): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.deadlineMs = never;
    this.#context.deadlines.delete(this);
    if (this.#endpoint !== null) this.#context.inFlight.end(this.#endpoint.address);
    this.#request.targets.onEnd(cause);
    if (cause === 'natural' && this.#relay !== null && this.#endpoint !== null) {
      this.#owner.onDelivered(this.#relay.status, this.#endpoint, true);
    }
  }
}

const noBytes = Buffer.alloc(0);
