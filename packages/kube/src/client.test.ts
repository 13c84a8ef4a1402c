import { type KubeObject, resources } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import type { FetchInit } from './fetch.ts';

interface Sent {
  readonly path: string;
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

function clientAnswering(answer: () => Response): { client: Client; sent: Sent[] } {
  const sent: Sent[] = [];
  const fetch = async (path: string, init: FetchInit = {}): Promise<Response> => {
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    sent.push({ path, method: init.method, contentType: init.headers?.['content-type'], body });
    return answer();
  };
  return { client: new Client({ fetch, fieldManager: 'test' }), sent };
}

const object: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a b', namespace: 'demo' },
};

test('apply takes fields over unless told otherwise, and names its manager', async () => {
  const { client, sent } = clientAnswering(() => Response.json(object));
  await client.apply<KubeObject>(resources.configMaps, object);
  await client.apply<KubeObject>(resources.configMaps, object, {
    force: false,
    subresource: 'status',
    dryRun: true,
    fieldManager: 'other',
  });
  expect(sent.map(({ path, method, contentType }) => [method, path, contentType])).toEqual([
    [
      'PATCH',
      '/api/v1/namespaces/demo/configmaps/a%20b?fieldManager=test&force=true',
      'application/apply-patch+yaml',
    ],
    [
      'PATCH',
      '/api/v1/namespaces/demo/configmaps/a%20b/status?fieldManager=other&dryRun=All&force=false',
      'application/apply-patch+yaml',
    ],
  ]);
});

test('a Status of the server becomes a KubeError with its reason, also when only text came', async () => {
  const status = { kind: 'Status', reason: 'Conflict', code: 409, message: 'the object has been modified' };
  const conflict = clientAnswering(() => Response.json(status, { status: 409 }));
  await expect(conflict.client.update<KubeObject>(resources.configMaps, object)).rejects.toThrow(
    'the object has been modified',
  );
  const busy = clientAnswering(
    () => new Response('slow down', { status: 503, headers: { 'retry-after': '2' } }),
  );
  const error = await busy.client
    .get(resources.pods, { namespace: 'demo', name: 'x' })
    .catch((thrown: unknown) => thrown);
  expect(isKubeError(error, 'ServiceUnavailable') && error.retryAfterMs).toBe(2000);
});

test('a request that is throttled is sent again when the server says, and not for ever', async () => {
  const throttled = (): Response => new Response('', { status: 429, headers: { 'retry-after': '0.001' } });
  const answers = [throttled(), throttled(), Response.json(object)];
  const patient = clientAnswering(() => answers.shift() as Response);
  expect(await patient.client.create<KubeObject>(resources.configMaps, object)).toEqual(object);
  expect(patient.sent.map(({ body }) => body)).toEqual([object, object, object]);
  const busy = clientAnswering(throttled);
  await expect(busy.client.create<KubeObject>(resources.configMaps, object)).rejects.toThrow('HTTP 429');
  expect(busy.sent).toHaveLength(10);
});

test('what went wrong below HTTP is said in words, and so is half an answer', async () => {
  const where = { namespace: 'demo', name: 'x' };
  const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:6443') });
  const away = new Client({ fetch: () => Promise.reject(refused), fieldManager: 'test' });
  await expect(away.get(resources.pods, where)).rejects.toThrow(
    'GET /api/v1/namespaces/demo/pods/x: no answer from the API server: connect ECONNREFUSED 127.0.0.1:6443',
  );
  const torn = clientAnswering(() => new Response('{"kind": "Po'));
  await expect(torn.client.get(resources.pods, where)).rejects.toThrow(
    /no answer from the API server: .*JSON/,
  );
});

test('find and delete take absence for an answer', async () => {
  const { client, sent } = clientAnswering(() => new Response('', { status: 404 }));
  expect(await client.find(resources.pods, { namespace: 'demo', name: 'x' })).toBeUndefined();
  await client.delete(
    resources.pods,
    { namespace: 'demo', name: 'x' },
    { uid: 'u', propagationPolicy: 'Background' },
  );
  expect(sent[1]?.body).toEqual({
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Background',
    preconditions: { uid: 'u' },
  });
});
