import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Backend } from './endpoints.ts';

const connectTimeoutMs = 5000;

/** One listening address. Connections are handed to the backends in turn. */
export class PortProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #backends: readonly Backend[] = [];
  #next = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client) => this.#forward(client));
  }

  /** Rejects when the address cannot be listened on. */
  static listen(address: string, port: number): Promise<PortProxy> {
    return new Promise((resolve, reject) => {
      // Each side may end its half alone; the socket must then stay open for the other.
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
      server.once('error', reject);
      server.listen({ host: address, port }, () => {
        server.off('error', reject);
        server.on('error', () => {});
        resolve(new PortProxy(server));
      });
    });
  }

  setBackends(backends: readonly Backend[]): void {
    this.#backends = backends;
  }

  /** Stops listening. Open connections last as long as their ends want, unless they are to be cut. */
  close(options: { readonly cut: boolean }): Promise<void> {
    if (options.cut) for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      if (!options.cut) resolve();
    });
  }

  #forward(client: Socket): void {
    this.#track(client);
    client.on('error', () => {});
    this.#dial(client, this.#backends.length);
  }

  /** Tries each backend once, beginning with the next in turn; a backend that refuses costs nothing but the try. */
  #dial(client: Socket, triesLeft: number): void {
    const backend = this.#backends[this.#next++ % Math.max(1, this.#backends.length)];
    // With a reset the client sees a refused connection rather than an empty answer.
    if (backend === undefined || triesLeft <= 0 || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({
      host: backend.address,
      port: backend.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    this.#track(upstream);
    const timer = setTimeout(() => upstream.destroy(new Error('connect timeout')), connectTimeoutMs);
    const retry = (): void => {
      clearTimeout(timer);
      upstream.destroy();
      this.#dial(client, triesLeft - 1);
    };
    upstream.once('error', retry);
    upstream.once('connect', () => {
      clearTimeout(timer);
      upstream.off('error', retry);
      join(client, upstream);
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Copies both ways with back-pressure; an error on one side resets the other. */
function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.resetAndDestroy());
    from.once('close', (hadError) => {
      if (hadError || !from.readableEnded) to.resetAndDestroy();
    });
  }
}
