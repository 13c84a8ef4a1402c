import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import type { Client } from '@weir/kube';
import { type HubRoute, patchWith, respond, startWebhookHub, type WebhookHub } from '@weir/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  configMap,
  startTestServer,
  type TestServer,
  widget,
  widgetDefinition,
  widgets,
} from '../testing.ts';

let hub: WebhookHub;
let server: TestServer;
let client: Client;

const routes: Record<string, HubRoute> = {};

beforeEach(async () => {
  for (const path of Object.keys(routes)) delete routes[path];
  hub = await startWebhookHub(routes);
  server = await startTestServer({ crds: [widgetDefinition] });
  client = server.client;
});

afterEach(async () => {
  await server.server.stop();
  await hub.close();
});

interface Install {
  readonly type?: 'mutating' | 'validating';
  readonly name?: string;
  readonly route: HubRoute;
  readonly webhook?: object;
}

const configurations = {
  mutating: { kind: 'MutatingWebhookConfiguration', plural: 'mutatingwebhookconfigurations' },
  validating: { kind: 'ValidatingWebhookConfiguration', plural: 'validatingwebhookconfigurations' },
} as const;

async function install({ type = 'validating', name = 'hook', route, webhook = {} }: Install): Promise<void> {
  routes[`/${name}`] = route;
  const { kind, plural } = configurations[type];
  const group = 'admissionregistration.k8s.io';
  const entry = {
    name: `${name}.test.example`,
    clientConfig: hub.clientConfig(`/${name}`),
    rules: [{ operations: ['*'], apiGroups: ['test.example'], apiVersions: ['v1'], resources: ['widgets'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...webhook,
  };
  const object = { apiVersion: `${group}/v1`, kind, metadata: { name }, webhooks: [entry] };
  await client.create({ group, version: 'v1', kind, plural, namespaced: false }, object as KubeObject);
}

const asked = (name = 'hook'): number => hub.received.get(`/${name}`)?.length ?? 0;
const key = { namespace: 'default', name: 'w' };

test('a denial says which webhook refused, and keeps status and causes', async () => {
  const details = { kind: 'Widget', causes: [{ reason: 'Bad', message: 'no', field: 'spec' }] };
  const status = { code: 422, reason: 'Invalid', message: 'too wide', details };
  await install({ route: respond({ allowed: false, status }) });
  await expect(client.create(widgets, widget('w'))).rejects.toMatchObject({
    code: 422,
    status: {
      reason: 'Invalid',
      message: 'admission webhook "hook.test.example" denied the request: too wide',
      details,
    },
  });
  expect(await client.find(widgets, key)).toBeUndefined();
});

test('a webhook counts from the moment it is stored until it is gone', async () => {
  await install({ route: respond({ allowed: false }) });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('denied the request without explanation');
  const { kind, plural } = configurations.validating;
  const group = 'admissionregistration.k8s.io';
  await client.delete(
    { group, version: 'v1', kind, plural, namespaced: false },
    { namespace: '', name: 'hook' },
  );
  await client.create(widgets, widget('w'));
  expect(asked()).toBe(1);
});

test('what a mutating webhook patches gets defaults and meets the schema', async () => {
  const operations = [
    { op: 'replace', path: '/spec', value: { color: 'blue', unknown: 1 } },
    { op: 'add', path: '/metadata/labels', value: { added: 'yes' } },
  ];
  await install({ type: 'mutating', route: patchWith(() => operations) });
  const created = await client.create(widgets, widget('w', { size: 4 }));
  expect(created).toMatchObject({ spec: { color: 'blue', size: 1 }, metadata: { labels: { added: 'yes' } } });
  expect(created).not.toHaveProperty('spec.unknown');
  routes['/hook'] = patchWith(() => [{ op: 'replace', path: '/spec/color', value: 'green' }]);
  await expect(client.patch(widgets, key, { spec: { size: 2 } })).rejects.toMatchObject({ code: 422 });
});

test('mutating webhooks are asked by name of their configuration, and again when they want it', async () => {
  const order: string[] = [];
  const label =
    (name: string): HubRoute =>
    (review) => {
      order.push(name);
      const { labels } = (review.request.object as KubeObject).metadata;
      const path = labels === undefined ? '/metadata/labels' : `/metadata/labels/${name}`;
      const value = labels === undefined ? { [name]: 'yes' } : 'yes';
      return patchWith(() => (labels?.[name] === undefined ? [{ op: 'add', path, value }] : []))(review);
    };
  await install({ type: 'mutating', name: 'second', route: label('second') });
  const webhook = { reinvocationPolicy: 'IfNeeded' };
  await install({ type: 'mutating', name: 'first', route: label('first'), webhook });
  const { metadata } = await client.create(widgets, widget('w'));
  expect(metadata.labels).toEqual({ first: 'yes', second: 'yes' });
  expect(order).toEqual(['first', 'second', 'first']);
});

test('a webhook that cannot be reached fails the request, or is ignored where that is its policy', async () => {
  const clientConfig = { url: 'https://127.0.0.1:1/x' };
  await install({ name: 'ignored', route: respond({}), webhook: { clientConfig, failurePolicy: 'Ignore' } });
  await client.create(widgets, widget('w'));
  await install({ name: 'needed', route: respond({}), webhook: { clientConfig } });
  await expect(client.create(widgets, widget('x'))).rejects.toMatchObject({
    code: 500,
    message:
      'Internal error occurred: failed calling webhook "needed.test.example": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
  });
});

test('a webhook that does not answer in time is given up', async () => {
  await install({ route: () => ({ body: undefined }), webhook: { timeoutSeconds: 1 } });
  const startedAt = performance.now();
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('context deadline exceeded');
  expect(performance.now() - startedAt).toBeLessThan(8000);
});

test('a server that the CA bundle does not know is not believed', async () => {
  const other = await startWebhookHub({});
  const clientConfig = { ...hub.clientConfig('/hook'), caBundle: other.caBundle };
  await install({ route: respond({ allowed: true }), webhook: { clientConfig } });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow(
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  );
  expect(asked()).toBe(0);
  await other.close();
});

test.each([
  ['not JSON', { body: '{' }, 'json parse error'],
  ['too deep', { body: '['.repeat(2000) }, 'nested deeper than 1000 levels'],
  ['too large', { body: 'x'.repeat(17 * 1024 * 1024) }, 'larger than 16777216 bytes'],
  ['null', { body: 'null' }, 'webhook response was absent'],
  ['a list', { body: [] }, 'webhook response was absent'],
  ['an error', { code: 500, contentType: 'text/plain', body: 'oops' }, 'an error on the server ("oops")'],
])('an answer that is %s is no answer', async (_, answer, message) => {
  await install({ route: () => answer });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow(message);
});

test('a patch that does not apply, or is none, fails the request', async () => {
  await install({ type: 'mutating', route: patchWith(() => [{ op: 'remove', path: '/nothing' }]) });
  await expect(client.create(widgets, widget('w'))).rejects.toMatchObject({ code: 500 });
  const patch = Buffer.from('not a patch').toString('base64');
  routes['/hook'] = respond({ allowed: true, patchType: 'JSONPatch', patch });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('received undecodable patch');
  routes['/hook'] = patchWith(() => [{ op: 'replace', path: '', value: 7 }]);
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('not a Widget');
});

test('dry runs are said to be dry', async () => {
  await install({ route: respond({ allowed: true }) });
  const path = '/apis/test.example/v1/namespaces/default/widgets?dryRun=All';
  await server.server.fetch(path, { method: 'POST', body: JSON.stringify(widget('w')) });
  expect(hub.received.get('/hook')?.[0]?.request).toMatchObject({
    dryRun: true,
    options: { kind: 'CreateOptions', dryRun: ['All'] },
  });
});

test('selectors, rules and conditions choose the requests', async () => {
  const deny = respond({ allowed: false });
  await install({ name: 'labelled', route: deny, webhook: { objectSelector: { matchLabels: { a: 'b' } } } });
  const matchConditions = [
    { name: 'large', expression: "request.operation == 'CREATE' && object.spec.size > 5" },
  ];
  await install({ name: 'large', route: deny, webhook: { matchConditions } });
  const namespaceSelector = { matchLabels: { none: 'such' } };
  await install({ name: 'elsewhere', route: deny, webhook: { namespaceSelector } });
  await client.create(widgets, widget('w'));
  await client.patch(widgets, key, { spec: { size: 9 } });
  await client.create(
    { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
    configMap('c'),
  );
  await expect(client.create(widgets, widget('x', { size: 6 }))).rejects.toThrow('large.test.example');
  await expect(client.patch(widgets, key, { metadata: { labels: { a: 'b' } } })).rejects.toThrow(
    'labelled.test.example',
  );
});

test('a webhook for another version sees the object in that version', async () => {
  const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['v1alpha1'], resources: ['widgets'] }];
  await install({ route: respond({ allowed: true }), webhook: { rules } });
  await client.create(widgets, widget('w'));
  await client.delete(widgets, key);
  const [created, deleted] = hub.received.get('/hook') ?? [];
  expect(created?.request).toMatchObject({
    kind: { version: 'v1alpha1' },
    requestKind: { version: 'v1' },
    object: { apiVersion: 'test.example/v1alpha1' },
  });
  expect(deleted?.request).toMatchObject({
    operation: 'DELETE',
    object: null,
    oldObject: { apiVersion: 'test.example/v1alpha1', metadata: { name: 'w' } },
  });
});

test('webhooks never see their own configurations', async () => {
  const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
  await install({ name: 'all', route: respond({ allowed: false }), webhook: { rules } });
  await install({ name: 'another', route: respond({ allowed: true }) });
  expect(asked('all')).toBe(0);
});

test('webhooks that are stored do not keep the server from starting', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'weir-webhooks-'));
  await server.server.stop();
  server = await startTestServer({ dataDir });
  client = server.client;
  const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }];
  await install({ route: respond({ allowed: false }), webhook: { rules } });
  await server.server.stop();
  server = await startTestServer({ dataDir, crds: [widgetDefinition] });
  client = server.client;
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('denied the request');
  rmSync(dataDir, { recursive: true });
});

test('a Service is reached at a ready endpoint, under its own name', async () => {
  routes['/hook'] = respond({ allowed: false, status: { message: 'reached' } });
  const clientConfig = {
    service: { namespace: 'default', name: 'hub', path: '/hook', port: 443 },
    caBundle: hub.caBundle,
  };
  await install({ route: routes['/hook'], webhook: { clientConfig } });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow(
    'Post "https://hub.default.svc:443/hook?timeout=10s": service "hub" not found',
  );
  await create('/api/v1/namespaces/default/services', {
    kind: 'Service',
    metadata: { name: 'hub' },
    spec: { ports: [{ port: 443 }] },
  });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow(
    'no endpoints available for service "hub"',
  );
  await create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    kind: 'EndpointSlice',
    metadata: { name: 'hub-1', labels: { 'kubernetes.io/service-name': 'hub' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: Number(new URL(hub.base).port) }],
    endpoints: [
      { addresses: ['127.0.0.9'], conditions: { ready: false } },
      { addresses: ['127.0.0.1'], conditions: { ready: true } },
    ],
  });
  await expect(client.create(widgets, widget('w'))).rejects.toThrow('denied the request: reached');
});

async function create(path: string, object: object): Promise<void> {
  const response = await server.server.fetch(path, { method: 'POST', body: JSON.stringify(object) });
  expect([path, response.status]).toEqual([path, 201]);
}
