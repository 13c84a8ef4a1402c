import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine } from '../engine.ts';

/** One request on its way through the server. */
export interface Exchange {
  readonly engine: Engine;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The client's `x-request-id`, or one made for it. */
  readonly requestId: string;
}

export type Handler = (exchange: Exchange) => Promise<void> | void;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
