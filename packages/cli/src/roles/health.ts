import { createServer, type Server } from 'node:http';
import type { MetricsRegistry } from '@weir/core/metrics';

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly isReady: () => boolean;
  readonly metrics?: MetricsRegistry;
}

/** `/healthz`, `/readyz` and, when there are any, `/metrics` of a role. */
export function startHealthServer(options: HealthServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/healthz' || (path === '/readyz' && options.isReady())) response.end('ok');
    else if (path === '/metrics' && options.metrics !== undefined) {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(options.metrics.expose());
    } else {
      response.statusCode = path === '/readyz' ? 503 : 404;
      response.end(path === '/readyz' ? 'not ready' : 'not found');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => resolve(server));
  });
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** No host was given; only loopback is listened on then, unless the process has a network of its own. */
  readonly isAny: boolean;
}

/** `:8081` or `127.0.0.1:8081`. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '');
  const port = Number(text.slice(colon + 1));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`"${text}" is not an address: write HOST:PORT or :PORT`);
  return { host: host === '' ? '127.0.0.1' : host, port, isAny: host === '' };
}
