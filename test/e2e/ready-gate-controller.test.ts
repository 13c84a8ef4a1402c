import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayResources, requestsFailedCondition } from '@weir/api/gateway';
import { type Condition, resources } from '@weir/api/meta';
import { servingConverters, servingResources } from '@weir/api/serving';
import { type ApiServer, createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { createServingAdmission, startLlmisvc } from '@weir/llmisvc';
import { eventually } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitions, installGateway, installPresets, playCluster } from './llmisvc-target.ts';

const key = { namespace: 'default', name: 'hello' };

/** A controller whose gateway is played by the test, and the same service under one controller after another. */
describe('the ready gate of the controller', () => {
  const gateway = { status: 503, asked: [] as string[] };
  const http = createServer((request, response) => {
    if (request.method === 'POST') gateway.asked.push(`${request.headers.host} ${request.url}`);
    const body = gateway.status === 200 ? { choices: [{}] } : { error: { message: 'no endpoint is ready' } };
    response.writeHead(gateway.status).end(JSON.stringify(body));
  });
  const writes: string[] = [];
  let server: ApiServer;
  let client: Client;
  let port = 0;
  let stopController: () => Promise<void>;

  beforeAll(async () => {
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    port = (http.address() as AddressInfo).port;
    server = await createApiServer({
      dataDir: null,
      log: silentLogger,
      crds: definitions(),
      admission: createServingAdmission({ systemNamespace: 'kserve' }),
      converters: servingConverters,
    });
    client = new Client({ fetch: server.fetch, fieldManager: 'test' });
    await installPresets(client);
    await installGateway(client);
    const annotations = { 'weir.dev/bound-ports': `{"http":${port}}` };
    const gatewayKey = { namespace: 'kserve', name: 'kserve-ingress-gateway' };
    await client.patch(gatewayResources.gateways, gatewayKey, { metadata: { annotations } });
    stopController = await startController();
  });
  afterAll(async () => {
    await stopController?.();
    await server?.stop();
    http.closeAllConnections();
    http.close();
  });

  async function startController(): Promise<() => Promise<void>> {
    const stop = new AbortController();
    const controller = await startLlmisvc({
      client: new Client({
        fieldManager: 'weir-llmisvc',
        fetch: (path, init) => {
          if (init?.method !== undefined && init.method !== 'GET') writes.push(`${init.method} ${path}`);
          return server.fetch(path, init);
        },
      }),
      log: silentLogger,
      signal: stop.signal,
      systemNamespace: 'kserve',
    });
    return async () => {
      stop.abort();
      await controller.stopped();
    };
  }

  async function create(name: string): Promise<void> {
    await client.create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { namespace: 'default', name },
      spec: {
        model: { uri: 'hf://org/base', name: 'base' },
        router: { gateway: {}, route: {}, scheduler: {} },
      },
    });
  }

  async function conditions(): Promise<Record<string, Condition>> {
    const service = await client.get(servingResources.services, key);
    return Object.fromEntries((service.status?.conditions ?? []).map((one) => [one.type, one]));
  }

  const until = (what: string, check: (found: Record<string, Condition>) => boolean): Promise<unknown> =>
    eventually(what, async () => check(await conditions()), { everyMs: 20 });
  /** While a gateway and the controller of Deployments do their part. */
  const untilReady = (): Promise<unknown> =>
    eventually('Ready', async () => {
      await playCluster(client, key.name);
      return (await conditions()).Ready?.status === 'True';
    });

  test('asks nothing where nobody runs pods', async () => {
    await create(key.name);
    await untilReady();
    expect(await conditions()).not.toHaveProperty('InferenceVerified');
    expect(gateway.asked).toEqual([]);
  });

  test('tells what the gateway answers once an engine has a node, and believes its first success', async () => {
    const labels = {
      'app.kubernetes.io/name': key.name,
      'app.kubernetes.io/part-of': 'llminferenceservice',
      'app.kubernetes.io/component': 'llminferenceservice-workload',
      'kserve.io/component': 'workload',
    };
    await client.create(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name: 'engine', labels },
      spec: { nodeName: 'n', containers: [{ name: 'main', image: 'engine' }] },
    });
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const engine = { namespace: 'default', name: 'engine' };
    await client.patch(resources.pods, engine, { status }, { subresource: 'status' });
    await until('the failure', ({ Ready }) => Ready?.reason === 'RequestGateFailed');
    expect((await conditions()).Ready?.message).toBe(
      `503 at gateway → pool (http://127.0.0.1:${port}/default/hello): no endpoint is ready`,
    );
    gateway.status = 200;
    await until('Ready', ({ Ready }) => Ready?.status === 'True');
    expect(new Set(gateway.asked)).toEqual(new Set([`127.0.0.1:${port} /default/hello/v1/completions`]));
  });

  test('a controller that is started again neither writes nor asks', async () => {
    await stopController();
    const before = await conditions();
    writes.length = 0;
    gateway.asked.length = 0;
    stopController = await startController();
    await create('later');
    const later = { namespace: 'default', name: 'later-kserve-route' };
    await eventually('the work on another service', () => client.find(gatewayResources.httpRoutes, later));
    expect(writes.filter((write) => write.includes('hello'))).toEqual([]);
    expect(gateway.asked).toEqual([]);
    expect(await conditions()).toEqual(before);
  });

  test('a new revision is asked once its pod is ready, and not before', async () => {
    const env = [{ name: 'NEW', value: '1' }];
    const spec = { template: { containers: [{ name: 'main', env }] } };
    await client.patch(servingResources.services, key, { spec });
    await until('doubt', ({ Ready }) => Ready?.status === 'Unknown');
    expect(gateway.asked).toEqual([]);
    await untilReady();
    expect(gateway.asked).toHaveLength(1);
  });

  test('a service that works is asked again when its gateway tells that requests fail', async () => {
    gateway.asked.length = 0;
    gateway.status = 503;
    const tell = async (): Promise<void> => {
      const route = { ...key, name: `${key.name}-kserve-route` };
      const { status } = await client.get(gatewayResources.httpRoutes, route);
      const parents = (status?.parents ?? []).map((parent) => ({
        ...parent,
        conditions: [
          ...parent.conditions.filter(({ type }) => type !== requestsFailedCondition),
          {
            type: requestsFailedCondition,
            status: 'True' as const,
            reason: 'FailuresInARow',
            message: '3 requests in a row failed, the last with 503',
            lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
          },
        ],
      }));
      const patch = { status: { parents } };
      await client.patch(gatewayResources.httpRoutes, route, patch, { subresource: 'status' });
    };
    // Within five minutes nobody would ask otherwise.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(gateway.asked).toEqual([]);
    await tell();
    await until('the failure', ({ Ready }) => Ready?.reason === 'RequestGateFailed');
    expect(gateway.asked.length).toBeGreaterThanOrEqual(3);
    gateway.status = 200;
    await until('Ready', ({ Ready }) => Ready?.status === 'True');
  });
});
