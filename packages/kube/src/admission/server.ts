import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { CertificatePair } from '../certificates.ts';
import { BadReviewError, decodeReview } from './decode.ts';
import type { WebhookRoute } from './routes.ts';

export interface WebhookServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly certificate: CertificatePair;
  readonly minVersion?: SecureVersion;
  /** OpenSSL names, joined by colons; default: those of the platform. */
  readonly ciphers?: string;
  /** By path, such as `/convert`. */
  readonly routes: Readonly<Record<string, WebhookRoute>>;
  readonly log: Logger;
  /** Called after every answer, for metrics. */
  readonly onAnswer?: (path: string, code: number, seconds: number) => void;
}

export interface WebhookServer {
  readonly port: number;
  /** Used from the next connection on; those that are open go on. */
  setCertificate(certificate: CertificatePair): void;
  /** Takes no more requests, and returns when the running ones have ended or the time is up. */
  close(): Promise<void>;
}

/** An API server gives a webhook thirty seconds at most. */
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 120_000;
const closeGraceMs = 2000;

/** Serves webhooks over HTTPS. */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { certificate, host, port, minVersion = 'TLSv1.2', ciphers } = options;
  const tls = { minVersion, ...(ciphers === undefined ? {} : { ciphers }) };
  const server = createServer({
    ...secureContext(certificate),
    ...tls,
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize: 64 * 1024,
  });
  server.on('request', (request, response) => void serve(request, response, options));
  server.on('tlsClientError', (error) =>
    options.log.debug('TLS handshake failed', { error: toError(error).message }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: (next) => server.setSecureContext({ ...secureContext(next), ...tls }),
    close: () => close(server),
  };
}

function secureContext(certificate: CertificatePair): { cert: string; key: string } {
  return { cert: certificate.certPem, key: certificate.keyPem };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, log, onAnswer }: WebhookServerOptions,
): Promise<void> {
  const startedAtMs = performance.now();
  const path = (request.url ?? '').split('?')[0] ?? '';
  const { code, body } = await answer(request, Object.hasOwn(routes, path) ? routes[path] : undefined, log);
  // A body that was refused unread would be taken for the next request.
  if (code === 413) response.setHeader('connection', 'close');
  response.statusCode = code;
  response.setHeader('content-type', code === 200 ? 'application/json' : 'text/plain; charset=utf-8');
  response.end(body);
  if (code !== 404) onAnswer?.(path, code, (performance.now() - startedAtMs) / 1000);
}

interface Answer {
  readonly code: number;
  readonly body: string;
}

async function answer(
  request: IncomingMessage,
  route: WebhookRoute | undefined,
  log: Logger,
): Promise<Answer> {
  if (route === undefined) return { code: 404, body: 'no webhook has this path' };
  if (request.method !== 'POST') return { code: 405, body: 'webhooks are called with POST' };
  try {
    const body = await readBody(request, route.maxBodyBytes);
    if (body === null) return { code: 413, body: `the limit is ${route.maxBodyBytes} bytes` };
    return { code: 200, body: JSON.stringify(await route.answer(decodeReview(body), log)) };
  } catch (error) {
    if (error instanceof BadReviewError) return { code: 400, body: error.message };
    log.error('webhook failed', { path: request.url, error });
    return { code: 500, body: 'the webhook failed: see the log of the controller' };
  }
}

async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
