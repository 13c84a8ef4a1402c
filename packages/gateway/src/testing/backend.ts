import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TestBackend {
  readonly port: number;
  /** Ends it as kill -9 would: every connection is reset, and new ones are refused. */
  kill(): Promise<void>;
}

export function startHttpBackend(listener: RequestListener): Promise<TestBackend> {
  return listening(createHttpServer({ keepAliveTimeout: 60_000 }, listener));
}

/** A server of raw sockets; `onConnection` writes whatever bytes the test needs. */
export function startRawBackend(onConnection: (socket: Socket) => void): Promise<TestBackend> {
  return listening(
    createServer((socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      onConnection(socket);
    }),
  );
}

async function listening(server: ReturnType<typeof createServer>): Promise<TestBackend> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    kill: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.resetAndDestroy();
      }),
  };
}

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, as Latin-1. */
  received(): string;
  /** Resolves when the server closed the connection. */
  closed: Promise<void>;
  /** Waits until `text` has been received. */
  until(text: string | RegExp): Promise<string>;
}

/** A client that speaks bytes. */
export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host, noDelay: true });
  let received = '';
  const waiters = new Set<() => void>();
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    for (const wake of waiters) wake();
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => received,
    closed,
    until: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (typeof text === 'string' ? !received.includes(text) : !text.test(received)) return;
          waiters.delete(check);
          resolve(received);
        };
        waiters.add(check);
        check();
        socket.once('close', () => reject(new Error(`closed before ${text}; received: ${received}`)));
      }),
  };
}

/** Sends bytes on a new connection and returns everything that comes back until it closes. */
export async function exchangeRaw(port: number, bytes: string): Promise<string> {
  const client = await rawClient(port);
  client.socket.write(bytes, 'latin1');
  const timer = setTimeout(() => client.socket.destroy(), 2000);
  await client.closed;
  clearTimeout(timer);
  return client.received();
}
