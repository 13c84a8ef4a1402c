import { createServer, type Server, type Socket } from 'node:net';
import { ClientConnection, type ConnectionHandler, type RequestSink } from './client-connection.ts';
import type { Deadlines } from './deadlines.ts';
import type { HttpError } from './fields.ts';
import type { GatewayLimits } from './limits.ts';
import type { RequestHead } from './request-head.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: GatewayLimits;
  readonly deadlines: Deadlines;
  readonly onRequest: (head: RequestHead, connection: ClientConnection) => RequestSink;
  readonly errorReply: (error: HttpError) => string;
}

/** A bound HTTP/1.1 port. */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #connections = new Set<ClientConnection>();
  readonly #server: Server;
  readonly #handler: ConnectionHandler;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#handler = {
      onRequest: options.onRequest,
      errorReply: options.errorReply,
      onClosed: (connection) => this.#connections.delete(connection),
    };
    this.#server = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    this.#server.maxConnections = options.limits.connectionsPerListener;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Binds and returns the port, or throws the error of the operating system. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: this.#options.host, port: this.#options.port, backlog: 1024 }, () => {
        this.#server.removeListener('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : this.#options.port);
      });
    });
  }

  /** Stops accepting, lets responses in progress end for `graceMs`, then cuts them. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #onConnection(socket: Socket): void {
    const { limits, deadlines } = this.#options;
    this.#connections.add(new ClientConnection(socket, this.#handler, limits, deadlines));
  }
}
