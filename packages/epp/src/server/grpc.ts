import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';

/** Status codes of gRPC that are used here. */
export const grpcStatus = { ok: 0, invalidArgument: 3, unimplemented: 12, internal: 13 } as const;

/** Ends a call with a status other than OK. */
export class GrpcError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers a unary call or feeds a stream: yields messages until it returns. */
export type GrpcHandler = (message: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** By path, `/package.Service/Method`. */
export type GrpcHandlers = Readonly<Record<string, GrpcHandler>>;

export interface GrpcServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly minVersion?: TlsVersion } | null;
  readonly handlers: GrpcHandlers;
  /** What to tell a client that asks for a path without handler; called before its messages are read. */
  readonly explainUnimplemented?: (path: string) => string;
  readonly log: Logger;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface GrpcServer {
  readonly port: number;
  /** Puts another certificate in force for new connections. */
  setCertificate(pair: { readonly cert: string; readonly key: string }): void;
  stop(): Promise<void>;
}

/** No request message of these services is larger than a name. */
const maxMessageBytes = 64 * 1024;

/** A gRPC server for messages that fit one frame. A path without handler is answered with UNIMPLEMENTED. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { tls } = options;
  const server = tls === null ? createServer() : createSecureServer({ ...tls, ALPNProtocols: ['h2'] });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    // A client that breaks off is no event; the stream's handler sees it.
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => void serve(stream, headers, options));
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: (pair) => {
      if (isSecure(server)) server.setSecureContext(pair);
    },
    stop: async () => {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isSecure(server: Http2Server | Http2SecureServer): server is Http2SecureServer {
  return 'setSecureContext' in server;
}

function listen(server: Http2Server | Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { handlers, explainUnimplemented, log }: GrpcServerOptions,
): Promise<void> {
  const controller = new AbortController();
  stream.on('close', () => controller.abort());
  stream.on('error', () => controller.abort());
  try {
    const path = headers[':path'] ?? '';
    const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
    if (handler === undefined) {
      const message = explainUnimplemented?.(path) ?? `no method ${path} is served here`;
      throw new GrpcError(grpcStatus.unimplemented, message);
    }
    const replies = handler(await readMessage(stream), controller.signal)[Symbol.asyncIterator]();
    // A request that is refused fails here, before the headers that promise an answer.
    let next = await replies.next();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(grpcStatus.ok) }));
    for (; next.done !== true; next = await replies.next()) stream.write(frame(next.value));
    stream.end();
  } catch (error) {
    if (stream.destroyed || controller.signal.aborted) return;
    if (!(error instanceof GrpcError)) log.warn('gRPC call failed', { error: toError(error).message });
    fail(stream, error instanceof GrpcError ? error : new GrpcError(grpcStatus.internal, 'internal error'));
  }
}

/** A failure before the first message is one block of headers; later the stream can only be reset. */
function fail(stream: ServerHttp2Stream, { status, message }: GrpcError): void {
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const headers = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(status),
    'grpc-message': encodeURIComponent(message),
  };
  stream.respond(headers, { endStream: true });
  // The request may be a stream that goes on; tell its sender to stop.
  stream.close(constants.NGHTTP2_NO_ERROR);
}

async function readMessage(stream: ServerHttp2Stream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxMessageBytes) throw new GrpcError(grpcStatus.invalidArgument, 'message is too large');
    chunks.push(chunk);
  }
  const data = Buffer.concat(chunks);
  if (data.length < 5 || data[0] !== 0 || data.readUInt32BE(1) !== data.length - 5) {
    throw new GrpcError(grpcStatus.invalidArgument, 'exactly one uncompressed message is expected');
  }
  return data.subarray(5);
}

function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
