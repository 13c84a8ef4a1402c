import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { defineErrors, toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { onAbort } from '@weir/kube';
import { ApiError, toApiError, tooLarge } from '../api-error.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ListenOptions } from '../contracts.ts';
import { errorResponse, type Handler } from '../handle.ts';
import type { ApiResponse } from '../request.ts';
import { maxBodyBytes } from '../rest/decode.ts';

const errors = defineErrors('APISERVER', {
  PORT_IN_USE: {
    status: 500,
    message: 'port {port} of {host} is in use by another program; stop that one or choose another port',
    docs: 'The API server could not listen. Another program, perhaps another instance, holds the port.',
  },
});

export interface Listener {
  readonly port: number;
  /** Takes no more requests, and returns when the running ones have ended or the time is up. */
  close(): Promise<void>;
}

const handshakeTimeoutMs = 10_000;
const headersTimeoutMs = 15_000;
const bodyTimeoutMs = 60_000;
const keepAliveTimeoutMs = 120_000;
const maxHeaderBytes = 64 * 1024;
const closeGraceMs = 2000;

/** Serves the handler over HTTPS. Client certificates are asked for and checked, but not required. */
export async function startListener(
  options: ListenOptions,
  parts: {
    readonly handler: Handler;
    readonly authenticator: Authenticator;
    readonly serverSignal: AbortSignal;
    readonly log: Logger;
  },
): Promise<Listener> {
  const { tls, host, port } = options;
  const server = createServer({
    cert: tls.certPem,
    key: tls.keyPem,
    ca: tls.caPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: bodyTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(request, response, parts).catch((error: unknown) => {
      parts.log.debug('connection ended early', { path: request.url, error: toError(error).message });
      response.destroy();
    });
  });
  server.on('tlsClientError', (error) => parts.log.debug('TLS handshake failed', { error: error.message }));
  await listen(server, host, port);
  server.on('error', (error) => parts.log.error('listener failed', { error }));
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(toListenError(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function toListenError(error: Error, host: string, port: number): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' ? errors.PORT_IN_USE({ host, port }, { cause: error }) : error;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: {
    readonly handler: Handler;
    readonly authenticator: Authenticator;
    readonly serverSignal: AbortSignal;
  },
): Promise<void> {
  const abort = new AbortController();
  const end = (): void => abort.abort();
  response.once('close', end);
  onAbort(parts.serverSignal, end);
  try {
    await write(response, await answer(request, abort.signal, parts), abort.signal);
  } finally {
    parts.serverSignal.removeEventListener('abort', end);
  }
}

async function answer(
  request: IncomingMessage,
  signal: AbortSignal,
  parts: { readonly handler: Handler; readonly authenticator: Authenticator },
): Promise<ApiResponse> {
  try {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const user = parts.authenticator.authenticate(request, url.pathname);
    const body = await readBody(request);
    return await parts.handler({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      header: (name) => headerText(request, name),
      body,
      user,
      signal,
    });
  } catch (error) {
    return errorResponse(error instanceof TypeError ? badUrl() : toApiError(error));
  }
}

function badUrl(): ApiError {
  return new ApiError(400, 'BadRequest', 'the request has no valid path');
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function write(response: ServerResponse, answer: ApiResponse, signal: AbortSignal): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers)) {
    response.setHeader(name, typeof value === 'string' ? value : [...value]);
  }
  response.statusCode = answer.status;
  // A body that was refused unread would be taken for the next request.
  if (answer.status === 413) response.setHeader('connection', 'close');
  if (typeof answer.body === 'string') {
    response.end(answer.body);
    return;
  }
  response.flushHeaders();
  for await (const chunk of answer.body) {
    if (signal.aborted) break;
    if (!response.write(chunk)) await drained(response, signal);
  }
  response.end();
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
