import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { createPicker } from '@weir/epp';
import { type Gateway, startGateway } from '@weir/gateway';
import { Client } from '@weir/kube';
import { eventually, freePorts, hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root, startTarget, type Target, type TargetName } from './llmisvc-target.ts';

const targets: readonly TargetName[] = hasComponents('etcd', 'kube-apiserver')
  ? ['embedded', 'kubernetes']
  : ['embedded'];

const engineAddress = '127.78.255.1';

describe.each(targets)('the gateway with the presets of a service, on the API server: %s', (targetName) => {
  let target: Target;
  let gateway: Gateway;
  let engine: Server;
  let url = '';
  const stop = new AbortController();

  beforeAll(async () => {
    target = await startTarget(targetName);
    engine = await startEngine();
    const portBase = await freePorts(100);
    url = `http://127.0.0.1:${portBase + 80}`;
    gateway = await startGateway({
      client: new Client({ fetch: target.client.fetch, fieldManager: 'weir-gateway' }),
      log: silentLogger,
      signal: stop.signal,
      portBase,
      createPicker,
    });
    await createQuickstart(target.client);
    if (targetName === 'embedded') await createEndpoints(target.client);
  });

  afterAll(async () => {
    stop.abort();
    await gateway?.stopped();
    engine?.closeAllConnections();
    engine?.close();
    await target?.stop();
  });

  test('route and pool become accepted, and the service gets the URL with the port really bound', async () => {
    const { client } = target;
    const key = { namespace: 'default', name: 'quickstart' };
    await eventually('status.url', async () => {
      const { status } = await client.get(servingResources.services, key);
      return status?.url === `${url}/default/quickstart`;
    });
    await untilHolds(async () => {
      const route = await client.get(gatewayResources.httpRoutes, {
        ...key,
        name: 'quickstart-kserve-route',
      });
      const pool = await client.get(inferencePoolV1, { ...key, name: 'quickstart-inference-pool' });
      const accepted = ['Accepted=True', 'ResolvedRefs=True'];
      const told = [...(route.status?.parents ?? []), ...(pool.status?.parents ?? [])].map(({ conditions }) =>
        conditions?.map(({ type, status }) => `${type}=${status}`),
      );
      expect(told).toEqual([accepted, accepted]);
    });
    // That a route is accepted does not mean that its endpoints are known yet.
    for (const api of canServeServices ? ['completions', 'embeddings'] : ['completions'])
      await untilHolds(async () => {
        const response = await fetch(`${url}/default/quickstart/v1/${api}`, { method: 'POST', body });
        expect([response.status, await response.text()]).toMatchObject([200, expect.any(String)]);
      });
  });

  const model = 'publishers/default/models/smollm2';
  const generation = ['/v1/completions', '/v1/chat/completions', '/v1/responses', '/v1/messages'];
  const body = JSON.stringify({
    model: 'smollm2',
    max_tokens: 1,
    prompt: 'x',
    input: 'x',
    messages: [{ role: 'user', content: 'x' }],
  });

  // A real API server refuses loopback addresses in EndpointSlices (not in pods), so Services have no endpoint there.
  const canServeServices = targetName === 'embedded';
  const cases = [
    ...generation.map((api) => [`/default/quickstart${api}`, api, 'pool', {}] as const),
    ...generation.map((api) => [`/${model}${api}`, api, 'pool', {}] as const),
    ...generation.map((api) => [api, api, 'pool', { 'x-gateway-model-name': model }] as const),
    ...generation.map((api) => [`${api}/`, `${api}/`, 'pool', { 'x-gateway-model-name': model }] as const),
    ['/default/quickstart/v1/embeddings', '/v1/embeddings', 'service', {}] as const,
    ['/default/quickstart', '/', 'service', {}] as const,
    ['/default/quickstart/', '/', 'service', {}] as const,
    [`/${model}/v1/embeddings`, '/v1/embeddings', 'service', {}] as const,
    ['/v1/embeddings', '/v1/embeddings', 'service', { 'x-gateway-model-name': model }] as const,
  ];

  test.each(cases.filter(([, , kind]) => kind === 'pool' || canServeServices))(
    '%s reaches %s of the engine through its %s',
    async (from, to, kind, headers) => {
      const response = await fetch(`${url}${from}`, { method: 'POST', body, headers });
      expect([response.status, await response.text()]).toEqual([200, `${kind} ${to}`]);
    },
  );

  test('the model in the body alone routes, and an unknown one is 404', async () => {
    const ask = (name: string) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: name, messages: [{ role: 'user', content: 'x' }] }),
      });
    expect(await (await ask(model)).text()).toBe('pool /v1/chat/completions');
    const unknown = await ask('smollm2');
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { error: { code: 'model_not_found', message: expect.stringContaining(`did you mean "${model}"`) } },
    ]);
  });
});

/** Says how a request came to it: only picked ones carry the header of the picker. */
async function startEngine(): Promise<Server> {
  const server = createServer((request, response) => {
    const kind = request.headers['x-gateway-destination-endpoint'] === undefined ? 'service' : 'pool';
    request.resume();
    request.on('end', () => response.end(request.url === '/metrics' ? '' : `${kind} ${request.url}`));
  });
  await new Promise<void>((resolve) => server.listen(8000, engineAddress, resolve));
  return server;
}

/** The sample, and what the kubelet would make of its Deployment: one ready pod. */
async function createQuickstart(client: Client): Promise<void> {
  const sample = parse(readFileSync(path.join(root, 'config/samples/quickstart.yaml'), 'utf8'));
  await client.apply({ ...servingResources.services, version: 'v1alpha1' } as ResourceKind, sample);
  const key = { namespace: 'default', name: 'quickstart-inference-pool' };
  const pool = await eventually('the pool', () => client.find(inferencePoolV1, key));
  const pod = { namespace: 'default', name: 'quickstart-0' };
  // A real API server admits pods only once their account exists.
  const account = { namespace: 'default', name: 'default' };
  if ((await client.find(resources.serviceAccounts, account)) === undefined) {
    await client.create(resources.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: account,
    });
  }
  await client.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...pod, labels: pool.spec.selector.matchLabels },
    spec: { containers: [{ name: 'main', image: 'engine' }] },
  });
  const status = {
    podIP: engineAddress,
    podIPs: [{ ip: engineAddress }],
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await client.patch(resources.pods, pod, { status }, { subresource: 'status' });
}

/** The pod behind the Service of the service's workload. */
async function createEndpoints(client: Client): Promise<void> {
  const key = { namespace: 'default', name: 'quickstart-kserve-workload-svc' };
  const service = await eventually('the Service', () => client.find(resources.services, key));
  await client.create(resources.endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'quickstart-workload',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': service.metadata.name ?? '' },
    },
    addressType: 'IPv4',
    ports: [{ name: service.spec?.ports?.[0]?.name ?? '', port: 8000 }],
    endpoints: [{ addresses: [engineAddress], conditions: { ready: true } }],
  });
}
