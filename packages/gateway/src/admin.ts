import { createServer } from 'node:http';
import type { MetricsRegistry } from '@weir/core/metrics';

export interface AdminServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** `/metrics` and `/healthz` on loopback, away from the data path. */
export async function startAdminServer(options: {
  readonly port: number;
  readonly registry: MetricsRegistry;
  readonly isReady: () => boolean;
}): Promise<AdminServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(options.registry.expose());
    } else if (path === '/healthz' || path === '/readyz') {
      const isOk = path === '/healthz' || options.isReady();
      response
        .writeHead(isOk ? 200 : 503, { 'content-type': 'text/plain' })
        .end(isOk ? 'ok\n' : 'starting\n');
    } else
      response.writeHead(404, { 'content-type': 'text/plain' }).end('try /metrics, /healthz or /readyz\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
