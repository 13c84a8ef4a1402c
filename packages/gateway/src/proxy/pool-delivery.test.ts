import { inferencePoolV1 } from '@weir/api/inference';
import { createPicker } from '@weir/epp';
import { expect, test, vi } from 'vitest';
import { putPool, putRoute } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();
const toPool = (name: string) => [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name }];
const chat = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });

function engine(onRequest: () => void = () => {}) {
  return scope.http((request, response) => {
    if (request.url === '/metrics') {
      response.end('');
      return;
    }
    onRequest();
    request.resume();
    request.on('end', () => response.end(String(request.headers['x-gateway-destination-endpoint'])));
  });
}

function post(port: number, path: string, body = chat, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers });
}

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

test('a pool is served through its picker, and its status says so', async () => {
  const { port: enginePort } = await engine();
  const { port, api } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', [enginePort]);
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker },
  );
  const response = await post(port, '/v1/chat/completions', chat, {
    'x-gateway-destination-endpoint': '10.0.0.1:1',
    'x-weir-explain': '1',
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-served-by')).toBe('pool-pod');
  expect(await response.text()).toBe(`127.0.0.1:${enginePort}`);
  await vi.waitFor(() => {
    const status = api.get(inferencePoolV1, 'demo', 'pool')?.status?.parents?.[0];
    expect(status?.parentRef).toEqual({
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      name: 'kserve-ingress-gateway',
      namespace: 'kserve',
    });
    expect(status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      'Accepted=True Accepted',
      'ResolvedRefs=False InvalidExtensionRef',
    ]);
  }, patient);
});

test('an engine that is killed costs no request that has not started', async () => {
  const engines = await Promise.all([engine(), engine()]);
  const { port } = await scope.cluster(
    (api) => {
      putPool(
        api,
        'pool',
        engines.map((running) => running.port),
      );
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker },
  );
  const statuses: number[] = [];
  const load = Array.from({ length: 8 }, async () => {
    for (let i = 0; i < 20; i++) statuses.push((await post(port, '/v1/chat/completions')).status);
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await engines[0]?.kill();
  await Promise.all(load);
  expect(statuses).toEqual(Array.from({ length: 160 }, () => 200));
});

test('a body that is no JSON gets 400 in the shape of the OpenAI API', async () => {
  const { port: enginePort } = await engine();
  const { port } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', [enginePort]);
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker },
  );
  const response = await post(port, '/v1/chat/completions', '{"model": ');
  expect(response.status).toBe(400);
  expect(response.headers.get('x-request-id')).not.toBeNull();
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null } });
});

test('a body over the limit of what a picker reads gets 413', async () => {
  const { port: enginePort } = await engine();
  const { port } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', [enginePort]);
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker, limits: { bufferedBodyBytes: 100 } },
  );
  expect((await post(port, '/v1/chat/completions', 'x'.repeat(101))).status).toBe(413);
});

test('a pool without members refuses with the dropped reason of the picker', async () => {
  const { port } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', []);
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker },
  );
  const response = await post(port, '/v1/chat/completions');
  expect(response.status).toBe(503);
  expect(response.headers.get('x-llm-d-request-dropped-reason')).toBe('rejected-no-endpoints');
});

const broken = () => {
  throw new Error('the configuration is not usable');
};

test('a picker that cannot start closes a pool that fails closed, with its reason', async () => {
  const { port: enginePort } = await engine();
  const { port } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', [enginePort], 'FailClose');
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker: broken },
  );
  const response = await post(port, '/v1/chat/completions');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    error: {
      code: 'picker_unavailable',
      message: 'the endpoint picker of InferencePool demo/pool failed: the configuration is not usable',
    },
  });
});

test('a picker that cannot start leaves a pool that fails open to its least busy member, and says so', async () => {
  const counts = [0, 0];
  const engines = await Promise.all(
    counts.map((_, i) =>
      engine(() => {
        counts[i] = (counts[i] ?? 0) + 1;
      }),
    ),
  );
  const { port } = await scope.cluster(
    (api) => {
      putPool(
        api,
        'pool',
        engines.map((running) => running.port),
        'FailOpen',
      );
      putRoute(api, 'route', [{ backendRefs: toPool('pool') }]);
    },
    { createPicker: broken },
  );
  const responses = await Promise.all(Array.from({ length: 20 }, () => post(port, '/v1/chat/completions')));
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(responses[0]?.headers.get('x-weir-routing')).toBe('fallback;reason=epp-unavailable');
  expect(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0))).toBeLessThanOrEqual(4);
});
