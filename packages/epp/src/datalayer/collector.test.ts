import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@weir/core/log';
import { silentLogger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { afterEach, expect, test } from 'vitest';
import type { Endpoint } from '../framework/endpoint.ts';
import { createEppMetrics, type EppMetrics } from '../metrics/epp-metrics.ts';
import { type MetricsSourceSettings, metricsSourceParameters } from '../plugins/data-source/metrics/index.ts';
import { coreMetricsParameters } from '../plugins/extractor/core-metrics/index.ts';
import { selfSignedCertificate } from '../server/certificate.ts';
import { buildEndpoint } from '../testing/builders.ts';
import { MetricsCollector } from './collector.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const vllmText = 'vllm:num_requests_waiting 3\nvllm:kv_cache_usage_perc 0.5\n';

interface Fixture {
  readonly endpoint: Endpoint;
  readonly collector: MetricsCollector;
  readonly metrics: EppMetrics;
  readonly warnings: string[];
}

async function collect(
  server: Server,
  source: Partial<MetricsSourceSettings> = {},
  labels: Readonly<Record<string, string>> = {},
): Promise<Fixture> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const template = buildEndpoint(0, {}, labels);
  const { port } = server.address() as AddressInfo;
  const endpoint = { ...template, metadata: { ...template.metadata, address: '127.0.0.1', port } };
  const metrics = createEppMetrics(new MetricsRegistry());
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, warn: (_, fields) => warnings.push(String(fields?.error)) };
  const collector = new MetricsCollector({
    endpoints: () => [endpoint],
    source: metricsSourceParameters.parse(source),
    coreMetrics: coreMetricsParameters.parse({}),
    intervalMs: 50,
    isOnDemand: true,
    isBusy: () => false,
    pollErrors: metrics.pollErrors,
    log,
    now: () => 42,
  });
  cleanups.push(() => collector.stop());
  return { endpoint, collector, metrics, warnings };
}

test('a failed scrape keeps the old values, counts, and is logged once per spell', async () => {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end(vllmText));
  const { endpoint, collector, metrics, warnings } = await collect(server);
  await collector.refresh();
  expect(endpoint.metrics).toMatchObject({ waitingQueueSize: 3, kvCacheUsage: 0.5, updatedAtMs: 42 });
  status = 500;
  await collector.refresh();
  await collector.refresh();
  expect(endpoint.metrics.waitingQueueSize).toBe(3);
  expect(metrics.pollErrors.value).toBe(2);
  expect(warnings).toEqual(['metrics answered with status 500']);
  status = 200;
  await collector.refresh();
  status = 500;
  await collector.refresh();
  expect(warnings).toHaveLength(2);
});

test('scrapes share one connection', async () => {
  let connections = 0;
  const server = createServer((_, response) => response.end(vllmText));
  server.on('connection', () => connections++);
  const { collector } = await collect(server);
  for (let i = 0; i < 5; i++) await collector.refresh();
  expect(connections).toBe(1);
});

test('an engine with a self-signed certificate is read, unless it must be verified', async () => {
  const pair = await selfSignedCertificate(new Date());
  const server = () => createSecureServer(pair, (_, response) => response.end(vllmText)) as unknown as Server;
  const trusting = await collect(server(), { scheme: 'https' });
  await trusting.collector.refresh();
  expect(trusting.endpoint.metrics.waitingQueueSize).toBe(3);
  const verifying = await collect(server(), { scheme: 'https', insecureSkipVerify: false });
  await verifying.collector.refresh();
  expect(verifying.endpoint.metrics.updatedAtMs).toBe(0);
  expect(verifying.warnings[0]).toMatch(/certificate/);
});

test("a pod's label says which engine's metrics to read, and an unknown one means the default", async () => {
  const text = `sglang:num_queue_reqs 7\n${vllmText}`;
  const serve = () => createServer((_, response) => response.end(text));
  const sglang = await collect(serve(), {}, { 'llm-d.ai/engine-type': 'sglang' });
  await sglang.collector.refresh();
  expect(sglang.endpoint.metrics.waitingQueueSize).toBe(7);
  const unknown = await collect(serve(), {}, { 'inference.networking.k8s.io/engine-type': 'mine' });
  await unknown.collector.refresh();
  expect(unknown.endpoint.metrics.waitingQueueSize).toBe(3);
});

test('an endpoint that never answers is given up, and a huge answer at its limit', async () => {
  const silent = await collect(createServer(() => {}));
  const huge = await collect(
    createServer((_, response) => {
      response.end('x'.repeat(5 * 1024 * 1024));
    }),
  );
  await Promise.all([silent.collector.refresh(), huge.collector.refresh()]);
  expect(silent.metrics.pollErrors.value).toBe(1);
  expect(huge.warnings).toEqual(['metrics of more than 4194304 bytes']);
});
