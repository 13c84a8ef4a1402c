import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';

/** Stands in for the network of a cluster: brings an API server's calls of Services to ports of this machine. */
export interface ClusterProxy {
  /** Flags of the kube-apiserver that calls Services through this proxy. */
  readonly flags: readonly string[];
  /** From now on connections to `address:port` go to the port of this machine. */
  route(address: string, port: number): void;
  stop(): Promise<void>;
}

export async function startClusterProxy(folder: string): Promise<ClusterProxy> {
  const routes = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    const port = routes.get(request.url ?? '');
    sockets.add(client);
    client.on('error', () => client.destroy());
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => {
      sockets.delete(client);
      target.destroy();
    });
  });
  const socket = path.join(folder, 'egress.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const file = path.join(folder, 'egress.json');
  writeFileSync(file, JSON.stringify(egressThrough(socket)));
  return {
    flags: [`--egress-selector-config-file=${file}`],
    route: (address, to) => routes.set(address, to),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function egressThrough(udsName: string): object {
  const transport = { uds: { udsName } };
  return {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [{ name: 'cluster', connection: { proxyProtocol: 'HTTPConnect', transport } }],
  };
}
