import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { resources } from '@weir/api/meta';
import type { EndpointSlice, Service } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiServer, createApiServer } from '../apiserver/index.ts';
import { type ServiceProxy, startServiceProxy } from './service-proxy.ts';

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

const address = '127.79.251.7';
let server: ApiServer;
let client: Client;
let proxy: ServiceProxy;
let stop: AbortController;
let backend: Server;

beforeEach(async () => {
  server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
    serviceCidr: '127.79.251.0/24',
  });
  client = new Client({ fetch: server.fetch, fieldManager: 'test' });
  stop = new AbortController();
  proxy = await startServiceProxy({ client, log: silentLogger, signal: stop.signal });
  backend = await listen('127.0.0.1', 0);
});

afterEach(async () => {
  stop.abort();
  await proxy.stopped();
  await server.stop();
  backend.close();
});

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end('hello'));
    server.listen(port, host, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function createService(port: number): Promise<void> {
  await client.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: address, ports: [{ name: 'http', port }] },
  } as Service);
}

async function createSlice(): Promise<void> {
  await client.create(resources.endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: portOf(backend), protocol: 'TCP' }],
  } as EndpointSlice);
}

/** What a client of the Service gets: the answer, or the code of the failure. */
async function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: address, port });
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function freePort(): Promise<number> {
  const probe = await listen(address, 0);
  const port = portOf(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test('a Service answers while it has endpoints and refuses connections otherwise', async () => {
  const port = await freePort();
  await createService(port);
  expect(await ask(port)).toBe('ECONNREFUSED');
  await createSlice();
  await expect.poll(() => ask(port), patient).toBe('hello');
  await client.delete(resources.endpointSlices, { namespace: 'default', name: 'web-1' });
  await expect.poll(() => ask(port), patient).toBe('ECONNREFUSED');
});

test('what a Service asks for in vain is said on it', async () => {
  await client.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'wide', namespace: 'default' },
    spec: {
      sessionAffinity: 'ClientIP',
      type: 'NodePort',
      ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
    },
  } as Service);
  await expect
    .poll(
      async () =>
        (await client.list(resources.events, { namespace: 'default' })).items
          .map(({ message }) => message)
          .sort(),
      patient,
    )
    .toEqual([
      'port 53/UDP is not served: only TCP is',
      'sessionAffinity ClientIP has no effect: all clients of this machine share one address',
      'type NodePort is served at the cluster address only — use a Gateway for access from outside',
    ]);
});

test('a port that somebody else uses is reported on the Service', async () => {
  const squatter = await listen(address, 0);
  await createService(portOf(squatter));
  await createSlice();
  const events = async (): Promise<(string | undefined)[]> =>
    (await client.list(resources.events, { namespace: 'default' })).items.map(({ message }) => message);
  await expect
    .poll(events, patient)
    .toContainEqual(
      expect.stringContaining(`cannot listen on ${address}:${portOf(squatter)}: listen EADDRINUSE`),
    );
  squatter.close();
});
