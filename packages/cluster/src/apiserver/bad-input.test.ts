import { resources } from '@weir/api/meta';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, startTestServer, type TestServer } from './testing.ts';

let test_: TestServer;

beforeAll(async () => {
  test_ = await startTestServer();
});

afterAll(() => test_.server.stop());

const path = '/api/v1/namespaces/default/configmaps';

async function post(body: string | Uint8Array, type = 'application/json', query = ''): Promise<unknown> {
  const response = await test_.server.fetch(`${path}${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  return response.json();
}

test.each([
  ['nothing', '', 'the body of the request is empty'],
  ['half an object', '{"kind":"ConfigMap"', 'is not valid JSON'],
  ['a list', '[]', 'expected a JSON object'],
  ['a string', '"x"', 'expected a JSON object'],
  ['null', 'null', 'expected a JSON object'],
  [
    'another kind',
    '{"kind":"Secret","apiVersion":"v1"}',
    'the object provided is v1 Secret, but the path expects v1 ConfigMap',
  ],
  ['metadata that is no object', '{"metadata":[]}', 'metadata: expected an object'],
  ['deep nesting', `{"data":${'['.repeat(1001)}${']'.repeat(1001)}}`, 'nested deeper than'],
  ['a wrong type', '{"metadata":{"name":"x"},"data":{"a":1}}', 'cannot unmarshal number'],
])('%s in the body is a bad request', async (_, body, message) => {
  expect(await post(body)).toMatchObject({
    kind: 'Status',
    status: 'Failure',
    code: 400,
    reason: 'BadRequest',
    message: expect.stringContaining(message),
  });
});

test('bytes that are not UTF-8, protobuf without its magic, YAML with an alias bomb', async () => {
  expect(await post(new Uint8Array([0x7b, 0xff, 0x7d]))).toMatchObject({
    code: 400,
    message: expect.stringContaining('UTF-8'),
  });
  expect(await post('{}', 'application/vnd.kubernetes.protobuf')).toMatchObject({ code: 400 });
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
  expect(await post(bomb, 'application/yaml')).toMatchObject({ code: 400 });
  expect(await post('{}', 'text/html')).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
});

test('unknown fields are refused, warned of, or dropped, as the client asks', async () => {
  const body = JSON.stringify({ ...configMap('f'), extra: { x: 1 } });
  expect(await post(body, undefined, '?fieldValidation=Strict')).toMatchObject({
    code: 400,
    message: expect.stringContaining('strict decoding error: unknown field "extra"'),
  });
  const warned = await test_.server.fetch(path, { method: 'POST', body });
  expect(warned.headers.get('warning')).toBe('299 - "unknown field \\"extra\\""');
  const found = await test_.client.get(resources.configMaps, { namespace: 'default', name: 'f' });
  expect(found).not.toHaveProperty('extra');
  const silent = await test_.server.fetch(`${path}?fieldValidation=Ignore`, {
    method: 'POST',
    body: body.replace('"f"', '"g"'),
  });
  expect([silent.status, silent.headers.get('warning')]).toEqual([201, null]);
});

test.each([
  ['GET', `${path}?limit=-1`, 400],
  ['GET', `${path}?limit=x`, 400],
  ['GET', `${path}?resourceVersion=x`, 400],
  ['GET', `${path}?watch=1&timeoutSeconds=x`, 400],
  ['GET', `${path}?fieldSelector=data.a%3Db`, 400],
  ['GET', '/api/v1/%zz', 400],
  ['GET', '/api/v1/namespaces//configmaps', 404],
  ['GET', '/api/v1/namespaces/default/nodes', 404],
  ['GET', '/nowhere', 404],
  ['GET', '/openapi/v2', 404],
  ['PUT', path, 405],
  ['PATCH', path, 405],
  ['POST', `${path}/x`, 405],
  ['OPTIONS', path, 501],
  ['GET', '/apis/authentication.k8s.io/v1/selfsubjectreviews', 405],
])('%s %s answers %d with a Status', async (method, target, code) => {
  const response = await test_.server.fetch(target, { method });
  expect(response.status).toBe(code);
  expect(await response.json()).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
});

const shapes: readonly object[] = [
  {},
  { spec: {} },
  { spec: { template: {}, selector: {}, ports: [{}], names: {}, versions: [{}] } },
  {
    spec: { template: { spec: {} }, strategy: {}, resources: {} },
    roleRef: {},
    subjects: [{}],
    rules: [{ verbs: [] }],
  },
  {
    spec: { containers: [{}], initContainers: [{}], volumes: [{}] },
    involvedObject: {},
    endpoints: [{ addresses: [] }],
    ports: [{}],
  },
  {
    spec: {
      template: { spec: { containers: [{ ports: [{}], env: [{}], volumeMounts: [{}], livenessProbe: {} }] } },
    },
  },
  { metadata: { ownerReferences: [{}], finalizers: [], labels: {} }, spec: null, status: null },
];

test('no object of a built-in kind, however little it says, breaks the server', async () => {
  const groups = [
    '/api/v1',
    '/apis/apps/v1',
    '/apis/apiextensions.k8s.io/v1',
    '/apis/rbac.authorization.k8s.io/v1',
  ];
  const more = ['/apis/discovery.k8s.io/v1', '/apis/coordination.k8s.io/v1', '/apis/storage.k8s.io/v1'];
  const reviews = ['/apis/authorization.k8s.io/v1', '/apis/authentication.k8s.io/v1'];
  const broken: string[] = [];
  for (const group of [...groups, ...more, ...reviews]) {
    const { resources: found } = (await (await test_.server.fetch(group)).json()) as {
      resources: { name: string; namespaced: boolean }[];
    };
    for (const { name, namespaced } of found.filter((one) => !one.name.includes('/'))) {
      for (const [index, shape] of shapes.entries()) {
        const metadata = { name: `x${index}`, ...(shape as { metadata?: object }).metadata };
        const target = `${group}${namespaced ? '/namespaces/default' : ''}/${name}`;
        const created = await test_.server.fetch(target, {
          method: 'POST',
          body: JSON.stringify({ ...shape, metadata }),
        });
        const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
        const listed = await test_.server.fetch(target, { headers: table });
        if ([created.status, listed.status].includes(500)) broken.push(`${target} ${JSON.stringify(shape)}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

test('a bad range of ClusterIPs is refused at start', async () => {
  await expect(startTestServer({ serviceCidr: '127.79.0.0' })).rejects.toThrow(
    'serviceCidr "127.79.0.0" is not an IPv4 range',
  );
});
