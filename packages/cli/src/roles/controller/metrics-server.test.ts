import type { AddressInfo, Server } from 'node:net';
import { silentLogger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { Client } from '@weir/kube';
import { Agent, fetch } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { startMetricsServer } from './metrics-server.ts';

const stop = new AbortController();
const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function start(flags: Record<string, boolean>, host = '127.0.0.1'): Promise<number> {
  const registry = new MetricsRegistry();
  registry.gauge({ name: 'up', help: 'Runs.', labelNames: [] });
  const refuse = () => Promise.reject(new Error('nobody there'));
  const server = await startMetricsServer({
    values: new Map(Object.entries(flags)),
    host,
    port: 0,
    registry,
    client: new Client({ fetch: refuse, fieldManager: 'test' }),
    systemNamespace: 'kserve',
    isInCluster: false,
    log: silentLogger,
    signal: stop.signal,
  });
  servers.push(server);
  return ((server as Server).address() as AddressInfo).port;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const response = await fetch(url, { headers, dispatcher });
  const text = await response.text();
  await dispatcher.destroy();
  return [response.status, text];
}

test('on loopback metrics are plain', async () => {
  expect(await get(`http://127.0.0.1:${await start({})}/metrics`)).toEqual([
    200,
    expect.stringContaining('up'),
  ]);
});

test('secure metrics need a token, also while the API server is away', async () => {
  const url = `https://127.0.0.1:${await start({ 'metrics-secure': true })}`;
  expect(await get(`${url}/metrics`)).toEqual([401, expect.stringContaining('bearer token')]);
  const headers = { authorization: 'Bearer a' };
  expect(await get(`${url}/metrics`, headers)).toEqual([500, expect.stringContaining('could not be asked')]);
  expect(await get(`${url}/healthz`, headers)).toEqual([404, 'only /metrics is served here\n']);
});

test('everybody may read anonymous metrics', async () => {
  const port = await start({ 'metrics-secure': true, 'metrics-anonymous': true });
  expect(await get(`https://127.0.0.1:${port}/metrics`)).toEqual([200, expect.stringContaining('up')]);
});

test('plain metrics beyond loopback have to be asked for by name', async () => {
  await expect(start({ 'metrics-secure': false }, '0.0.0.0')).rejects.toThrow('add --metrics-anonymous');
});
