import type { HeaderModifier } from '@weir/api/gateway';
import type { ClientConnection } from '../http/client-connection.ts';
import { fieldOf } from '../http/fields.ts';
import type { ResponseHead } from '../http/response-head.ts';
import { modifyFields } from '../routing/filters.ts';
import { errorBody } from './error-reply.ts';
import { formatResponseHead } from './outgoing-head.ts';

export interface RelayOptions {
  readonly modifiers: readonly HeaderModifier[];
  readonly requestId: string;
  readonly isHttp10: boolean;
  readonly servedBy: string | null;
  readonly routing: string | null;
}

/** Writes one response to the client: our head, then the model server's bytes as they are. */
export class ResponseRelay {
  readonly status: number;
  /** The client does not know chunks: it gets the payload, and the end of the connection as its end. */
  readonly decodes: boolean;
  /** The end of the connection is the end of the response. */
  readonly closesClient: boolean;
  readonly #client: ClientConnection;
  readonly #isEventStream: boolean;
  #pendingHead: string | null;
  #endsWithEvent = true;

  constructor(client: ClientConnection, head: ResponseHead, options: RelayOptions) {
    this.status = head.status;
    this.decodes = options.isHttp10 && head.framing.type === 'chunked';
    this.closesClient = this.decodes || head.framing.type === 'until-close';
    this.#client = client;
    this.#isEventStream = fieldOf(head, 'content-type')?.startsWith('text/event-stream') ?? false;
    this.#pendingHead = formatResponseHead(head, modifyFields(head, options.modifiers), {
      requestId: options.requestId,
      closes: this.closesClient || client.closesAfterResponse,
      mayChunk: !this.decodes,
      servedBy: options.servedBy,
      routing: options.routing,
    });
  }

  readonly onPayload = (buffer: Buffer, start: number, end: number): void => {
    this.#write(buffer, start, end);
  };

  /** Raw bytes of one read. Nothing is copied but what travels with the head. */
  write(buffer: Buffer, start: number, end: number): void {
    if (this.decodes) this.#write(buffer, end, end);
    else {
      this.#write(buffer, start, end);
      if (this.#isEventStream && end - start >= 4) this.#endsWithEvent = endsWithBlankLine(buffer, end);
    }
  }

  /** An SSE error event to end a broken stream with, where one may stand; else null. */
  errorEvent(message: string, isAtChunkBoundary: boolean): Buffer | null {
    if (!this.#isEventStream || this.decodes || !isAtChunkBoundary || !this.#endsWithEvent) return null;
    const body = errorBody({ status: 502, code: 'upstream_closed', message }, '');
    const event = `event: error\ndata: ${body}\n\n`;
    return Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`);
  }

  #write(buffer: Buffer, start: number, end: number): void {
    const head = this.#pendingHead;
    if (head === null) {
      if (end > start) this.#client.write(buffer.subarray(start, end));
      return;
    }
    this.#pendingHead = null;
    if (end === start) {
      this.#client.write(head);
      return;
    }
    const joined = Buffer.allocUnsafe(head.length + end - start);
    joined.write(head, 'latin1');
    buffer.copy(joined, head.length, start, end);
    this.#client.write(joined);
  }
}

/** A chunk that ends with the blank line of an event: `\n\n` and the CRLF of the framing. */
function endsWithBlankLine(buffer: Buffer, end: number): boolean {
  return (
    buffer[end - 1] === 0x0a &&
    buffer[end - 2] === 0x0d &&
    buffer[end - 3] === 0x0a &&
    buffer[end - 4] === 0x0a
  );
}
