import { createServer } from 'node:net';
import { gatewayResources } from '@weir/api/gateway';
import { resources } from '@weir/api/meta';
import { expect, test, vi } from 'vitest';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();

/** For machines that are busy with other tests. */
function waitFor<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000 });
}
const { gateways, httpRoutes } = gatewayResources;

function conditionsOf(
  conditions: readonly { type: string; status: string; reason?: string }[] | undefined,
): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

async function putSecondGateway(
  cluster: Awaited<ReturnType<typeof scope.cluster>>,
  port: number,
  protocol = 'HTTP',
): Promise<void> {
  cluster.api.put(gateways, {
    metadata: { name: 'edge', namespace: 'demo' },
    spec: { gatewayClassName: 'weir', listeners: [{ name: 'web', port, protocol }] },
  });
  await waitFor(() => expect(cluster.api.get(gateways, 'demo', 'edge')?.status).toBeDefined());
}

test('a further Gateway listens on an address of its own, privileged ports above the base', async () => {
  const portBase = 33_000 + Math.floor(Math.random() * 10_000);
  const { port } = await scope.http((_, response) => response.end('ok'));
  const cluster = await scope.cluster((api) => putService(api, 'model', [port]), { portBase });
  await putSecondGateway(cluster, 80);
  cluster.api.put(httpRoutes, {
    metadata: { name: 'r', namespace: 'demo' },
    spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'model', port: 8000 }] }] },
  });
  await waitFor(async () => {
    expect(await (await fetch(`http://127.77.0.1:${portBase + 80}/`)).text()).toBe('ok');
  });
  const edge = cluster.api.get(gateways, 'demo', 'edge');
  expect(edge?.status?.addresses).toEqual([{ type: 'IPAddress', value: '127.77.0.1' }]);
  expect(edge?.metadata.annotations).toEqual({ 'weir.dev/bound-ports': `{"web":${portBase + 80}}` });
  await waitFor(() =>
    expect(cluster.api.get(gateways, 'demo', 'edge')?.status?.listeners?.[0]?.attachedRoutes).toBe(1),
  );
  cluster.api.delete(gateways, 'demo', 'edge');
  await waitFor(() => expect(fetch(`http://127.77.0.1:${portBase + 80}/`)).rejects.toThrow());
});

test('a port that somebody else has is PortUnavailable, harms nothing else, and is taken once it is free', async () => {
  const cluster = await scope.cluster();
  const other = createServer();
  const port = 44_000 + Math.floor(Math.random() * 10_000);
  await new Promise<void>((resolve) => other.listen(port, '127.77.0.1', resolve));
  await putSecondGateway(cluster, port);
  const status = cluster.api.get(gateways, 'demo', 'edge')?.status;
  expect(conditionsOf(status?.listeners?.[0]?.conditions)).toEqual([
    'Accepted=False PortUnavailable',
    'Programmed=False Invalid',
    'ResolvedRefs=True ResolvedRefs',
    'Conflicted=True PortUnavailable',
  ]);
  expect(status?.listeners?.[0]?.conditions[0]?.message).toContain(`port ${port} on 127.77.0.1`);
  expect(conditionsOf(status?.conditions)).toContain('Programmed=False Invalid');
  expect((await fetch(`http://127.0.0.1:${cluster.port}/`)).status).toBe(404);
  await new Promise((resolve) => other.close(resolve));
  await waitFor(() =>
    expect(conditionsOf(cluster.api.get(gateways, 'demo', 'edge')?.status?.conditions)).toEqual([
      'Accepted=True Accepted',
      'Programmed=True Programmed',
    ]),
  );
});

test('a protocol that is not served is said on the listener', async () => {
  const cluster = await scope.cluster();
  await putSecondGateway(cluster, 8443, 'HTTPS');
  const status = cluster.api.get(gateways, 'demo', 'edge')?.status;
  expect(conditionsOf(status?.listeners?.[0]?.conditions).slice(0, 2)).toEqual([
    'Accepted=False UnsupportedProtocol',
    'Programmed=False Invalid',
  ]);
  expect(conditionsOf(status?.conditions)).toEqual([
    'Accepted=False ListenersNotValid',
    'Programmed=False Invalid',
  ]);
});

test('statuses of other controllers stay, and nothing is written when nothing changed', async () => {
  const foreign = {
    parentRef: { name: 'theirs' },
    controllerName: 'example.com/other',
    conditions: [{ type: 'Accepted', status: 'True' as const, reason: 'Accepted' }],
  };
  const cluster = await scope.cluster((api) => {
    api.put(httpRoutes, {
      metadata: { name: 'r', namespace: 'demo' },
      spec: { parentRefs: [{ name: 'kserve-ingress-gateway', namespace: 'kserve' }, { name: 'theirs' }] },
      status: { parents: [foreign] },
    });
  });
  const parents = cluster.api.get(httpRoutes, 'demo', 'r')?.status?.parents;
  expect(parents?.map(({ controllerName }) => controllerName)).toEqual([
    'example.com/other',
    'weir.dev/gateway',
  ]);
  expect(parents?.[0]).toEqual(foreign);
  const writes = cluster.api.writes.length;
  cluster.api.put(resources.namespaces, { metadata: { name: 'unrelated' } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(cluster.api.writes.length).toBe(writes);
});

test('no request is lost while endpoints and routes change', async () => {
  const backends = await Promise.all(
    [1, 2, 3].map((n) => scope.http((_, response) => response.end(String(n)))),
  );
  const ports = backends.map(({ port }) => port);
  const rules = [{ backendRefs: [{ name: 'model', port: 8000 }] }];
  const { api, port } = await scope.cluster((api) => {
    putService(api, 'model', ports);
    putRoute(api, 'route', rules);
  });
  const churn = setInterval(() => {
    putService(
      api,
      'model',
      [...ports].sort(() => Math.random() - 0.5),
    );
    putRoute(api, 'route', rules);
  }, 5);
  const statuses = new Set<number>();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 40; i++) statuses.add((await fetch(`http://127.0.0.1:${port}/`)).status);
    }),
  );
  clearInterval(churn);
  expect(statuses).toEqual(new Set([200]));
});

test('the admin port serves health and metrics', async () => {
  const { gateway, port } = await scope.cluster();
  await fetch(`http://127.0.0.1:${port}/nowhere`);
  const admin = `http://127.0.0.1:${gateway.adminPort}`;
  expect([(await fetch(`${admin}/healthz`)).status, (await fetch(`${admin}/readyz`)).status]).toEqual([
    200, 200,
  ]);
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toContain('weir_gateway_requests_total{route="",code="404"} 1\n');
  expect(metrics).toContain('weir_gateway_request_duration_seconds_count 1\n');
});

test('requests of a route that fail one after another are told in its status, and remembered', async () => {
  let status = 503;
  const { port: backend } = await scope.http((_, response) => response.writeHead(status).end());
  const { api, port } = await scope.cluster((api) => {
    putService(api, 'model', [backend]);
    putRoute(api, 'route', [{ backendRefs: [{ name: 'model', port: 8000 }] }]);
  });
  const told = () =>
    api
      .get(httpRoutes, 'demo', 'route')
      ?.status?.parents?.[0]?.conditions.find(({ type }) => type === 'weir.dev/RequestsFailed');
  const ask = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
  };
  await ask(2);
  status = 404;
  await ask(1);
  status = 500;
  await ask(2);
  expect(told()).toBeUndefined();
  await ask(1);
  await waitFor(() =>
    expect(told()).toMatchObject({
      status: 'True',
      reason: 'FailuresInARow',
      message: '3 requests in a row failed, the last with 500',
    }),
  );
  const first = told();
  status = 200;
  await ask(3);
  putRoute(api, 'other', [{ backendRefs: [{ name: 'model', port: 8000 }] }]);
  await waitFor(() => expect(api.get(httpRoutes, 'demo', 'other')?.status?.parents).toHaveLength(1));
  expect(told()).toEqual(first);
});

test('where all Gateways share one address, the second on a port is told who has it', async () => {
  const cluster = await scope.cluster(() => {}, {
    listenAddresses: { primary: '127.0.0.1', further: () => '127.0.0.1' },
  });
  await putSecondGateway(cluster, cluster.port);
  const [listener] = cluster.api.get(gateways, 'demo', 'edge')?.status?.listeners ?? [];
  expect(conditionsOf(listener?.conditions)[0]).toBe('Accepted=False PortUnavailable');
  expect(listener?.conditions[0]?.message).toContain('Gateway kserve/kserve-ingress-gateway has it');
  expect((await fetch(`http://127.0.0.1:${cluster.port}/`)).status).toBe(404);
});

test('a route that leaves our Gateways loses the status that we gave it', async () => {
  const { api } = await scope.cluster((api) =>
    putRoute(api, 'r', [{ backendRefs: [{ name: 'gone', port: 1 }] }]),
  );
  const route = api.get(httpRoutes, 'demo', 'r');
  expect(conditionsOf(route?.status?.parents?.[0]?.conditions)).toEqual([
    'Accepted=True Accepted',
    'ResolvedRefs=False BackendNotFound',
  ]);
  if (route === undefined) return;
  api.put(httpRoutes, { ...route, spec: { ...route.spec, parentRefs: [{ name: 'theirs' }] } });
  await waitFor(() => expect(api.get(httpRoutes, 'demo', 'r')?.status?.parents).toEqual([]));
});
