import { resources } from '@weir/api/meta';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { putRoute, putService } from '../testing/cluster.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();
const model = 'publishers/demo/models/smol';

/** A gateway with the path, publisher and model rules that a service of the presets has. */
async function start(): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const backend = await scope.http((request, response) => {
    seen.push(`${request.url} ${request.headers['x-gateway-model-name'] ?? '-'}`);
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"hel"}}]}\n\n');
      response.end('data: {"choices":[{"delta":{"content":"lo"}}]}\n\ndata: [DONE]\n\n');
    });
  });
  const rewrite = (to: string) => [
    {
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplacePrefixMatch' as const, replacePrefixMatch: to } },
    },
  ];
  const headers = [{ name: 'X-Gateway-Model-Name', value: model }];
  const backendRefs = [{ name: 'smol', port: 8000 }];
  const cluster = await scope.cluster((api) => {
    putService(api, 'smol', [backend.port]);
    putRoute(api, 'smol', [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/demo/smol/v1/chat/completions' } }],
        filters: rewrite('/v1/chat/completions'),
        backendRefs,
      },
      {
        matches: [{ path: { type: 'Exact', value: '/v1/chat/completions' }, headers }],
        backendRefs,
      },
      {
        matches: [{ path: { type: 'PathPrefix', value: '/demo/smol' } }],
        filters: rewrite('/'),
        backendRefs,
      },
      { matches: [{ headers }], backendRefs },
    ]);
    api.put(resources.llmInferenceServices, {
      metadata: { name: 'idle', namespace: 'demo', annotations: { 'serving.kserve.io/stop': 'true' } },
    });
  });
  return { url: `http://127.0.0.1:${cluster.port}`, seen };
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

test('the openai client streams through a path and through the model name alone', async () => {
  const { url, seen } = await start();
  for (const [baseURL, name] of [
    [`${url}/demo/smol/v1`, 'smol'],
    [`${url}/v1`, model],
  ] as const) {
    const client = new OpenAI({ baseURL, apiKey: 'none' });
    const stream = await client.chat.completions.create({
      model: name,
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('hello');
  }
  expect(seen).toEqual(['/v1/chat/completions -', `/v1/chat/completions ${model}`]);
});

test('the model header of the client routes without a look at the body', async () => {
  const { url, seen } = await start();
  expect((await post(`${url}/v1/embeddings`, 'not json', { 'x-gateway-model-name': model })).status).toBe(
    200,
  );
  expect(seen).toEqual([`/v1/embeddings ${model}`]);
});

test('an unknown model is 404 with the nearest one', async () => {
  const { url } = await start();
  const response = await post(`${url}/v1/chat/completions`, JSON.stringify({ messages: [], model: 'smol' }));
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error: {
      message: `the model "smol" does not exist here — did you mean "${model}"?`,
      type: 'not_found_error',
      param: 'model',
      code: 'model_not_found',
    },
  });
});

test('a body without a model on a path that is routed by model says what to send', async () => {
  const { url } = await start();
  const response = await post(`${url}/v1/chat/completions`, '{"messages": []}');
  expect(await response.json()).toMatchObject({ error: { code: 'model_required', param: 'model' } });
});

test('malformed JSON on such a path is 400 with the position', async () => {
  const { url } = await start();
  const response = await post(`${url}/v1/chat/completions`, '{"model": "smol", }');
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe('invalid_json');
  expect(error.message).toMatch(/position 18/);
});

test('a path without a route is 404 and names the paths there are', async () => {
  const { url } = await start();
  const response = await fetch(`${url}/nobody/home`);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-request-id')).not.toBeNull();
  expect(await response.json()).toMatchObject({
    error: {
      code: 'route_not_found',
      message: 'no route for GET /nobody/home — known paths start with: /demo/smol',
    },
  });
});

test('a stopped service is 503 and says how to start it', async () => {
  const { url } = await start();
  const response = await post(`${url}/demo/idle/v1/chat/completions`, '{}');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: 'service_stopped' } });
});

test("errors on the path of Anthropic's API have its shape", async () => {
  const { url } = await start();
  const response = await post(`${url}/v1/messages`, JSON.stringify({ model: 'other' }));
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
});
