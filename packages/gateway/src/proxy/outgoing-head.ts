import {
  internalRoutingHeaders,
  requestIdHeader,
  servedByHeader,
  weirRoutingHeader,
} from '@weir/wire/headers';
import { connectionOptions, type Fields, isFieldValue, isHopByHop, isToken } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { ResponseHead } from '../http/response-head.ts';

export interface OutgoingRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly fields: Fields;
  /** Length of the body, null when it is sent in chunks. */
  readonly bodyBytes: number | null;
}

/** Rewritten or set by the gateway itself. The gateway is the edge, so forwarding headers of clients are replaced. */
const replacedInRequests = new Set([
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  requestIdHeader,
  ...internalRoutingHeaders,
]);

/** The client's fields that go on to the model server, and those that the gateway adds. */
export function forwardedFields(
  head: RequestHead,
  added: { readonly requestId: string; readonly remoteAddress: string },
): Fields {
  const options = connectionOptions(head);
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < head.names.length; i++) {
    const name = head.names[i] ?? '';
    if (replacedInRequests.has(name) || isHopByHop(name) || options.includes(name)) continue;
    names.push(name);
    values.push(head.values[i] ?? '');
  }
  names.push(requestIdHeader, 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host');
  values.push(added.requestId, added.remoteAddress, 'http', head.host);
  return { names, values };
}

export function formatRequestHead(request: OutgoingRequest): string {
  let text = `${request.method} ${request.target} HTTP/1.1\r\nhost: ${request.host}\r\n`;
  const { names, values } = request.fields;
  for (let i = 0; i < names.length; i++) text += `${names[i]}: ${values[i]}\r\n`;
  if (request.bodyBytes === null) text += 'transfer-encoding: chunked\r\n';
  else if (request.bodyBytes > 0 || methodsWithBody.has(request.method)) {
    text += `content-length: ${request.bodyBytes}\r\n`;
  }
  return `${text}\r\n`;
}

const methodsWithBody = new Set(['POST', 'PUT', 'PATCH']);

export interface ResponseExtras {
  readonly requestId: string;
  readonly closes: boolean;
  /** False for clients of HTTP/1.0, which know no chunks. */
  readonly mayChunk: boolean;
  readonly servedBy: string | null;
  readonly routing: string | null;
}

/** Written by the gateway itself; a model server's values are dropped. */
const replacedInResponses = new Set([requestIdHeader, servedByHeader, weirRoutingHeader]);

/** The head of a response that is passed on: its framing stays, what concerns the upstream connection goes. */
export function formatResponseHead(head: ResponseHead, fields: Fields, extras: ResponseExtras): string {
  const options = connectionOptions(head);
  const isChunked = head.framing.type === 'chunked';
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let i = 0; i < fields.names.length; i++) {
    const name = fields.names[i] ?? '';
    if (isHopByHop(name) || replacedInResponses.has(name) || options.includes(name)) continue;
    if (name === 'content-length' && isChunked) continue;
    text += `${name}: ${fields.values[i]}\r\n`;
  }
  if (isChunked && extras.mayChunk) text += 'transfer-encoding: chunked\r\n';
  text += `${requestIdHeader}: ${extras.requestId}\r\n`;
  if (extras.servedBy !== null) text += `${servedByHeader}: ${extras.servedBy}\r\n`;
  if (extras.routing !== null) text += `${weirRoutingHeader}: ${extras.routing}\r\n`;
  return `${text}connection: ${extras.closes ? 'close' : 'keep-alive'}\r\n\r\n`;
}

/** Sets the picker's headers over the client's; what is not a legal field is left out. */
export function withPickerHeaders(
  fields: Fields,
  set: Readonly<Record<string, string>>,
  remove: readonly string[],
): Fields {
  const names: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < fields.names.length; i++) {
    const name = fields.names[i] ?? '';
    if (remove.includes(name) || name in set) continue;
    names.push(name);
    values.push(fields.values[i] ?? '');
  }
  for (const [name, value] of Object.entries(set)) {
    if (!isToken(name) || !isFieldValue(value) || replacedAlways.has(name)) continue;
    names.push(name);
    values.push(value);
  }
  return { names, values };
}

const replacedAlways = new Set(['host', 'content-length', 'transfer-encoding', 'connection']);
