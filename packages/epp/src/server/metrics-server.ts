import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';

export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves `GET /metrics`; `expose` gives the text. */
export async function startMetricsServer(options: {
  readonly host: string;
  readonly port: number;
  readonly expose: () => Promise<string>;
  readonly log: Logger;
}): Promise<MetricsServer> {
  const { host, port, expose, log } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/metrics') {
      response.writeHead(404).end();
    } else if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET' }).end();
    } else {
      expose().then(
        (text) =>
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
        (error: unknown) => {
          log.error('metrics failed', { error: toError(error) });
          response.writeHead(500).end();
        },
      );
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
