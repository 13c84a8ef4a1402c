import { gatewayResources } from '@weir/api/gateway';
import { expect, test } from 'vitest';
import { putRoute, putService, startTestCluster } from './testing/cluster.ts';
import { useTestScope } from './testing/scope.ts';

const scope = useTestScope();
const toService = (name: string) => [{ name, port: 8000 }];

test('a request reaches the Service of its route, with the path rewritten, and the answer streams back', async () => {
  let seen = '';
  let answerOn = (): void => {};
  const { port } = await scope.http((request, response) => {
    seen = `${request.method} ${request.url}`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    answerOn = () => response.end('data: 2\n\n');
  });
  const { port: gatewayPort, api } = await scope.cluster((api) => {
    putService(api, 'model', [port]);
    putRoute(api, 'route', [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/demo/model' } }],
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
          },
        ],
        backendRefs: toService('model'),
      },
    ]);
  });
  const response = await fetch(`http://127.0.0.1:${gatewayPort}/demo/model/v1/chat/completions?x=1`, {
    method: 'POST',
    body: '{}',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{30}$/);
  const chunks: string[] = [];
  for await (const chunk of response.body ?? []) {
    // What is there of an answer arrives before the rest is made.
    if (chunks.push(Buffer.from(chunk).toString()) === 1) answerOn();
  }
  expect(chunks).toEqual(['data: 1\n\n', 'data: 2\n\n']);
  expect(seen).toBe('POST /v1/chat/completions?x=1');
  const route = api.get(gatewayResources.httpRoutes, 'demo', 'route');
  expect(route?.status?.parents?.[0]?.conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
    'Accepted=True',
    'ResolvedRefs=True',
  ]);
  const gateway = api.get(gatewayResources.gateways, 'kserve', 'kserve-ingress-gateway');
  expect(gateway?.metadata.annotations?.['weir.dev/bound-ports']).toBe(JSON.stringify({ http: gatewayPort }));
  expect(gateway?.status?.addresses).toEqual([{ type: 'IPAddress', value: '127.0.0.1' }]);
});

test('a gateway that stops takes no new connection, lets an answer in progress end, and cuts it after the grace', async () => {
  const { port } = await scope.http((request, response) => {
    response.writeHead(200);
    response.write('start ');
    if (request.url === '/short') setTimeout(() => response.end('end'), 100);
  });
  const stopping = await startTestCluster(
    (api) => {
      putService(api, 'model', [port]);
      putRoute(api, 'route', [{ backendRefs: toService('model') }]);
    },
    { drainMs: 2000 },
  );
  const url = `http://127.0.0.1:${stopping.port}`;
  const [short, endless] = await Promise.all([fetch(`${url}/short`), fetch(`${url}/endless`)]);
  const stopped = stopping.stop();
  await expect(fetch(url)).rejects.toThrow();
  expect(await short.text()).toBe('start end');
  await expect(endless.text()).rejects.toThrow();
  await stopped;
});
