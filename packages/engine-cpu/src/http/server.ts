import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Engine } from '../engine.ts';
import { answerError } from './answer-error.ts';
import type { Exchange } from './exchange.ts';
import { requestIdOf } from './request-id.ts';
import { createRouter } from './router.ts';
import { loadTls, watchTls } from './tls.ts';

interface EngineServer {
  readonly port: number;
  /** Stops accepting; resolves when the last answer is out or `timeoutMs` has passed, then cuts what is left. */
  drain(timeoutMs: number): Promise<void>;
}

/** Room for a request's head; bodies have their own limits. */
const headLimits = { maxHeaderSize: 32 * 1024, headersTimeout: 30_000, requestTimeout: 60_000 };
/** Longer than the idle time of usual gateway pools, so that a pool never writes to a socket about to close. */
const keepAliveMs = 75_000;

/** Serves an engine over HTTP or, with TLS options, HTTPS. */
export async function startServer(engine: Engine, host: string): Promise<EngineServer> {
  const { tls } = engine.options;
  let isDraining = false;
  const route = createRouter(() => isDraining);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void serve({ engine, request, response, requestId: requestIdOf(request) }, route, () => isDraining);
  };
  const server: Server =
    tls === null
      ? createHttpServer(headLimits, listener)
      : createHttpsServer({ ...headLimits, ...(await loadTls(tls)) }, listener);
  server.keepAliveTimeout = keepAliveMs;
  const stopWatching = tls?.reloads === true ? watchTls(tls, server, engine.log) : () => {};
  await listen(server, host, engine.options.port);
  return {
    port: (server.address() as AddressInfo).port,
    async drain(timeoutMs) {
      isDraining = true;
      stopWatching();
      await close(server, timeoutMs);
    },
  };
}

async function serve(
  exchange: Exchange,
  route: ReturnType<typeof createRouter>,
  isDraining: () => boolean,
): Promise<void> {
  const { engine, request, response } = exchange;
  const startedAtMs = engine.now();
  response.setHeader('x-request-id', exchange.requestId);
  if (engine.substituted !== null) response.setHeader('x-weir-model-substituted', engine.substituted);
  if (isDraining()) response.setHeader('connection', 'close');
  response.once('close', () => logAccess(exchange, engine.now() - startedAtMs));
  try {
    await route(exchange);
  } catch (thrown) {
    answerError(exchange, thrown);
  }
  // A body that no handler wanted must not block the next request of the connection.
  if (!request.readableEnded) request.resume();
}

function logAccess({ engine, request, response, requestId }: Exchange, durationMs: number): void {
  const { isOn, excludedPaths } = engine.options.accessLog;
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (!isOn || excludedPaths.includes(path)) return;
  engine.log.info('request', {
    method: request.method,
    path,
    status: response.writableFinished ? response.statusCode : 499,
    durationMs: Math.round(durationMs),
    requestId,
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Error(listenFailure(error, host, port), { cause: error })));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): string {
  const at = `cannot listen on ${host} port ${port}`;
  if (error.code === 'EADDRINUSE')
    return `${at}: the port is in use — stop the other server or choose --port`;
  if (error.code === 'EADDRNOTAVAIL')
    return `${at}: this machine has no such address — choose another --host`;
  return `${at}: ${error.message}`;
}

/** How often connections that have become idle are looked for while draining. */
const idleCheckMs = 50;

async function close(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Kept-alive connections become idle one by one as their answers end.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([closed, late]);
  clearInterval(idle);
  clearTimeout(timer);
  server.closeAllConnections();
  await closed;
}
