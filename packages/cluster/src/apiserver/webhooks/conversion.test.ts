import type { KubeObject } from '@weir/api/meta';
import { resources } from '@weir/api/meta';
import type { Client } from '@weir/kube';
import { type HubRoute, startWebhookHub, type WebhookHub } from '@weir/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer, widget, widgetDefinition, widgets } from '../testing.ts';

let hub: WebhookHub;
let server: TestServer;
let client: Client;
let route: HubRoute;

/** Notes the version that it made in an annotation. */
const convert: HubRoute = ({ apiVersion, kind, request }) => {
  const { uid, desiredAPIVersion: version, objects = [] } = request;
  const convertedObjects = (objects as unknown as KubeObject[]).map((object) => ({
    ...object,
    apiVersion: version,
    metadata: { ...object.metadata, annotations: { made: version ?? '' } },
  }));
  return { body: { apiVersion, kind, response: { uid, result: { status: 'Success' }, convertedObjects } } };
};

beforeEach(async () => {
  route = convert;
  hub = await startWebhookHub({ '/convert': (review) => route(review) });
  server = await startTestServer({ crds: [widgetDefinition] });
  client = server.client;
  await client.create(widgets, widget('w', { size: 2 }));
  await setConversion({
    strategy: 'Webhook',
    webhook: { clientConfig: hub.clientConfig('/convert'), conversionReviewVersions: ['v2', 'v1'] },
  });
});

afterEach(async () => {
  await server.server.stop();
  await hub.close();
});

const old = { ...widgets, version: 'v1alpha1' };
const key = { namespace: 'default', name: 'w' };
const definitionKey = { namespace: '', name: 'widgets.test.example' };
const calls = (): number => hub.received.get('/convert')?.length ?? 0;

async function setConversion(conversion: object): Promise<void> {
  await client.patch(resources.customResourceDefinitions, definitionKey, { spec: { conversion } });
}

test('the webhook converts what was stored before it was there, once per object and version', async () => {
  for (let i = 0; i < 3; i++) {
    expect(await client.get(old, key)).toMatchObject({
      apiVersion: 'test.example/v1alpha1',
      metadata: { annotations: { made: 'test.example/v1alpha1' } },
    });
  }
  expect(calls()).toBe(1);
  await client.get(widgets, key);
  expect(calls()).toBe(1);
});

test('a list is converted in one call, and only what is new', async () => {
  for (const name of ['a', 'b', 'c']) await client.create(widgets, widget(name));
  expect((await client.list(old)).items.map(({ apiVersion }) => apiVersion)).toEqual(
    Array(4).fill('test.example/v1alpha1'),
  );
  expect(hub.received.get('/convert')?.[0]?.request.objects).toHaveLength(4);
  await client.patch(widgets, key, { spec: { size: 3 } });
  await client.list(old);
  expect(hub.received.get('/convert')?.[1]?.request.objects).toHaveLength(1);
});

test('an object of the other version is stored in the storage version', async () => {
  await client.create(old, { ...widget('x'), apiVersion: 'test.example/v1alpha1' });
  expect(await client.get(widgets, { ...key, name: 'x' })).toMatchObject({
    apiVersion: 'test.example/v1',
    metadata: { annotations: { made: 'test.example/v1' } },
  });
});

test('a watch shows changes in its version and order', async () => {
  const response = await server.server.fetch(
    '/apis/test.example/v1alpha1/namespaces/default/widgets?watch=true&timeoutSeconds=1',
  );
  for (let size = 5; size < 10; size++) await client.patch(widgets, key, { spec: { size } });
  const lines = (await response.text()).trim().split('\n');
  const sizes = lines.map((line) => {
    const { object } = JSON.parse(line) as { object: { apiVersion: string; spec: { size: number } } };
    return [object.apiVersion, object.spec.size];
  });
  expect(sizes).toEqual([2, 5, 6, 7, 8, 9].map((size) => ['test.example/v1alpha1', size]));
});

test('the state that a watch begins with is converted in one call', async () => {
  for (const name of ['a', 'b', 'c']) await client.create(widgets, widget(name));
  const path = '/apis/test.example/v1alpha1/widgets?watch=true&timeoutSeconds=1';
  const response = await server.server.fetch(path);
  expect((await response.text()).trim().split('\n')).toHaveLength(4);
  expect(calls()).toBe(1);
});

test('a failure names the webhook and is not remembered', async () => {
  route = () => ({ code: 503, body: {} });
  await expect(client.get(old, key)).rejects.toMatchObject({
    code: 500,
    message:
      'conversion webhook for test.example/v1, Kind=Widget failed: the server is currently unable to handle the request',
  });
  route = convert;
  expect(await client.get(old, key)).toMatchObject({ apiVersion: 'test.example/v1alpha1' });
});

test('the strategy of a definition changes while it is served', async () => {
  await client.get(old, key);
  await setConversion({ strategy: 'None', webhook: null });
  const { metadata } = await client.get(old, key);
  expect(metadata).not.toHaveProperty('annotations');
  expect(calls()).toBe(1);
});
