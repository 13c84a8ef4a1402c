import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import type { Probe } from '@weir/api/workloads';
import { afterEach, describe, expect, test } from 'vitest';
import type { ProbeTarget } from './contracts.ts';
import { runProbe } from './run-probe.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const ports: Record<string, number> = {};
const target: ProbeTarget = {
  podIP: '127.0.0.1',
  port: (port) => {
    const number = Number(port);
    if (!Number.isNaN(number)) return number;
    const named = ports[port];
    if (named === undefined) throw new Error(`container "main" has no port named "${port}"`);
    return named;
  },
  exec: async ([command]) => ({
    exitCode: command === 'true' ? 0 : command === 'slow' ? null : 2,
    output: `${command} said\n`,
  }),
};
const ask = (probe: Probe): ReturnType<typeof runProbe> => runProbe({ timeoutSeconds: 30, ...probe }, target);

describe('http probe', () => {
  test('asks with the given path and headers; 2xx and 3xx are success, the rest is not', async () => {
    let seen = '';
    const port = await listen(
      createHttpServer((request, response) => {
        seen = `${request.url} ${request.headers['x-a']} ${request.headers['user-agent']}`;
        response.writeHead(Number(request.url?.slice(1, 4)), { location: 'http://127.0.0.1:1/' }).end('body');
      }),
    );
    const get = (path: string): ReturnType<typeof ask> =>
      ask({ httpGet: { path, port, httpHeaders: [{ name: 'X-A', value: 'b' }] } });
    expect(await get('/200')).toEqual({ isSuccess: true, message: '200' });
    expect(seen).toBe('/200 b kube-probe/1.34');
    expect(await get('302')).toEqual({ isSuccess: true, message: '302' });
    expect(await get('/503')).toEqual({
      isSuccess: false,
      message: 'HTTP probe failed with statuscode: 503',
    });
  });

  test('finds a named port, and says which one is missing', async () => {
    ports.http = await listen(createHttpServer((_request, response) => response.end()));
    expect(await ask({ httpGet: { port: 'http' } })).toEqual({ isSuccess: true, message: '200' });
    expect(await ask({ httpGet: { port: 'grpc' } })).toEqual({
      isSuccess: false,
      message: 'container "main" has no port named "grpc"',
    });
  });

  test('fails when nobody listens and when no answer comes in time', async () => {
    const port = await listen(createHttpServer(() => {}));
    const late = await runProbe({ httpGet: { port }, timeoutSeconds: 0.5 }, target);
    expect(late).toEqual({
      isSuccess: false,
      message: `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
    const refused = await ask({ httpGet: { port: 1 } });
    expect(refused).toEqual({ isSuccess: false, message: expect.stringContaining('ECONNREFUSED') });
  });
});

test('tcp probe succeeds when the connection opens', async () => {
  const port = await listen(createTcpServer());
  expect((await ask({ tcpSocket: { port } })).isSuccess).toBe(true);
  expect(await ask({ tcpSocket: { port: 1 } })).toEqual({
    isSuccess: false,
    message: expect.stringContaining('dial tcp 127.0.0.1:1: connect ECONNREFUSED'),
  });
});

test('exec probe goes by the exit code', async () => {
  expect(await ask({ exec: { command: ['true'] } })).toEqual({ isSuccess: true, message: 'true said\n' });
  expect(await ask({ exec: { command: ['false'] } })).toEqual({ isSuccess: false, message: 'false said' });
  expect(await ask({ exec: { command: ['slow'] } })).toEqual({
    isSuccess: false,
    message: 'command timed out: "slow" timed out after 30s',
  });
});

describe('grpc probe', () => {
  /** A health service: the status of each named service, by its number. */
  async function health(statuses: Record<string, number>): Promise<number> {
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const service = Buffer.concat(chunks).subarray(7).toString();
        const status = statuses[service];
        if (headers[':path'] !== '/grpc.health.v1.Health/Check' || status === undefined) {
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
            { endStream: true },
          );
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
      });
    });
    return listen(server as unknown as Server);
  }

  test('asks for the service by name; SERVING alone is success', async () => {
    const port = await health({ '': 1, readiness: 1, liveness: 2 });
    expect(await ask({ grpc: { port } })).toEqual({ isSuccess: true, message: 'service healthy' });
    expect(await ask({ grpc: { port, service: 'readiness' } })).toMatchObject({ isSuccess: true });
    expect(await ask({ grpc: { port, service: 'liveness' } })).toEqual({
      isSuccess: false,
      message: 'service unhealthy (responded with "NOT_SERVING")',
    });
    expect(await ask({ grpc: { port, service: 'other' } })).toEqual({
      isSuccess: false,
      message: 'error: health rpc failed with gRPC status 5',
    });
  });

  test('fails when nobody listens or the peer is mute', async () => {
    const port = await listen(createTcpServer(() => {}));
    expect(await runProbe({ grpc: { port }, timeoutSeconds: 0.5 }, target)).toMatchObject({
      isSuccess: false,
    });
    expect(await ask({ grpc: { port: 1 } })).toEqual({
      isSuccess: false,
      message: 'error: failed to connect service "127.0.0.1:1": connect ECONNREFUSED 127.0.0.1:1',
    });
  });
});

test('a probe without a handler fails by name', async () => {
  expect(await ask({})).toEqual({ isSuccess: false, message: 'the probe has no handler' });
});
