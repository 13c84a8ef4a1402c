import { expect, test } from 'vitest';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();
const to = (name: string) => ({ name, port: 8000 });

test('headers are modified in both directions, of the rule and of the backend', async () => {
  const { port: backendPort } = await scope.http((request, response) => {
    response.setHeader('x-old', '1');
    response.end(`${request.headers['x-set']} ${request.headers['x-gone'] ?? '-'} ${request.headers.host}`);
  });
  const { port } = await scope.cluster((api) => {
    putService(api, 'model', [backendPort]);
    putRoute(api, 'route', [
      {
        filters: [
          {
            type: 'RequestHeaderModifier',
            requestHeaderModifier: { set: [{ name: 'X-Set', value: 'rule' }], remove: ['X-Gone'] },
          },
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['X-Old'] } },
          { type: 'URLRewrite', urlRewrite: { hostname: 'inner.test' } },
        ],
        backendRefs: [
          {
            ...to('model'),
            filters: [
              {
                type: 'RequestHeaderModifier',
                requestHeaderModifier: { set: [{ name: 'x-set', value: 'backend' }] },
              },
            ],
          },
        ],
      },
    ]);
  });
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    headers: { 'x-set': 'client', 'x-gone': '1' },
  });
  expect(await response.text()).toBe('backend - inner.test');
  expect(response.headers.get('x-old')).toBeNull();
});

test('a redirect keeps port, path and query unless its filter says otherwise', async () => {
  const { port } = await scope.cluster((api) => {
    putRoute(api, 'route', [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: {
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' },
              statusCode: 301,
            },
          },
        ],
      },
      {
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', hostname: 'other.test' } }],
      },
    ]);
  });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
    return `${response.status} ${response.headers.get('location')}`;
  };
  expect(await get('/old/a?x=1')).toBe(`301 http://127.0.0.1:${port}/new/a?x=1`);
  expect(await get('/b')).toBe('302 https://other.test/b');
});

test('backends share requests by weight; a weight of zero gets none; a broken one answers 500 for its share', async () => {
  const counts = new Map<string, number>();
  const count = (name: string) =>
    scope.http((_, response) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      response.end();
    });
  const [a, b, c] = await Promise.all([count('a'), count('b'), count('c')]);
  const { port } = await scope.cluster((api) => {
    putService(api, 'a', [a.port]);
    putService(api, 'b', [b.port]);
    putService(api, 'c', [c.port]);
    putRoute(api, 'route', [
      {
        backendRefs: [
          { ...to('a'), weight: 6 },
          { ...to('b'), weight: 3 },
          { ...to('c'), weight: 0 },
          { ...to('gone'), weight: 1 },
        ],
      },
    ]);
  });
  const statuses = await Promise.all(
    Array.from({ length: 300 }, async () => (await fetch(`http://127.0.0.1:${port}/`)).status),
  );
  const broken = statuses.filter((status) => status === 500).length;
  expect((counts.get('a') ?? 0) + (counts.get('b') ?? 0) + broken).toBe(300);
  expect(counts.get('a')).toBeGreaterThan(130);
  expect(counts.get('b')).toBeGreaterThan(50);
  expect(counts.get('c')).toBeUndefined();
  expect(broken).toBeGreaterThan(5);
});

test('the pod that served is named when the route asks for it', async () => {
  const { port: backendPort } = await scope.http((_, response) => response.end());
  const { port } = await scope.cluster((api) => {
    putService(api, 'model', [backendPort]);
    putRoute(api, 'route', [{ backendRefs: [to('model')] }], {
      annotations: { 'serving.kserve.io/enable-served-by-header': 'true' },
    });
  });
  expect((await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-served-by')).toBe('model-pod-0');
});

test('endpoints of a Service take turns', async () => {
  const backends = await Promise.all([1, 2].map((n) => scope.http((_, response) => response.end(String(n)))));
  const { port } = await scope.cluster((api) => {
    putService(
      api,
      'model',
      backends.map((backend) => backend.port),
    );
    putRoute(api, 'route', [{ backendRefs: [to('model')] }]);
  });
  const answers: string[] = [];
  for (let i = 0; i < 4; i++) answers.push(await (await fetch(`http://127.0.0.1:${port}/`)).text());
  expect(answers.sort()).toEqual(['1', '1', '2', '2']);
});
