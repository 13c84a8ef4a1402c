import type { AdmissionPlugin, AdmissionRequest, Converter, KubeObject } from '@weir/api/meta';
import { resources } from '@weir/api/meta';
import type { CustomResourceDefinition } from '@weir/api/workloads';
import { isKubeError } from '@weir/kube';
import { expect, test } from 'vitest';
import { startTestServer, widget, widgetDefinition, widgets } from './testing.ts';

const key = { namespace: 'default', name: 'w' };
const definitionKey = { namespace: '', name: 'widgets.test.example' };

test('a created definition is served at once, with defaults, pruning and validation', async () => {
  const { server, client } = await startTestServer();
  await client.create(
    resources.customResourceDefinitions,
    widgetDefinition as unknown as CustomResourceDefinition,
  );
  const definition = await client.get(resources.customResourceDefinitions, definitionKey);
  expect(definition.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
    'NamesAccepted=True',
    'Established=True',
  ]);
  const created = await client.create(widgets, widget('w', { color: 'red', unknown: 1 }));
  expect(created).toMatchObject({ spec: { color: 'red', size: 1 }, metadata: { generation: 1 } });
  expect(created).not.toHaveProperty('spec.unknown');
  await expect(client.create(widgets, widget('x', { color: 'green', size: -1 }))).rejects.toMatchObject({
    code: 422,
    status: {
      message: expect.stringContaining(
        'spec.color: Unsupported value: "green": supported values: "red", "blue"',
      ),
      details: { kind: 'Widget', group: 'test.example', name: 'x' },
    },
  });
  await server.stop();
});

test('metadata of the wrong type is refused, and specs of the wrong type are invalid', async () => {
  const { server } = await startTestServer({ crds: [widgetDefinition] });
  const post = async (object: object): Promise<number> => {
    const path = '/apis/test.example/v1/namespaces/default/widgets?fieldManager=x';
    const created = await server.fetch(path, { method: 'POST', body: JSON.stringify(object) });
    const applied = await server.fetch(path.replace('?', '/w?'), {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(object),
    });
    expect([400, 422]).toContain(applied.status);
    return created.status;
  };
  for (const metadata of [
    { labels: 'x' },
    { labels: { a: 1 } },
    { finalizers: {} },
    { ownerReferences: {} },
    { name: 1 },
    { annotations: [] },
  ]) {
    expect([metadata, await post({ metadata: { name: 'w', ...metadata } })]).toEqual([metadata, 400]);
  }
  for (const spec of ['x', [], 1, { size: 'one' }, { size: 1.5 }]) {
    expect([spec, await post({ metadata: { name: 'w' }, spec })]).toEqual([spec, 422]);
  }
  await server.stop();
});

test('generation counts changes of the spec only, and status is isolated', async () => {
  const { server, client } = await startTestServer({ crds: [widgetDefinition] });
  await client.create(widgets, { ...widget('w'), status: { size: 7 } });
  expect(await client.get(widgets, key)).not.toHaveProperty('status');
  await client.patch(widgets, key, { spec: { size: 9 }, status: { size: 3 } }, { subresource: 'status' });
  const found = await client.get(widgets, key);
  expect(found).toMatchObject({ spec: { size: 1 }, status: { size: 3 }, metadata: { generation: 1 } });
  await client.patch(widgets, key, { metadata: { labels: { a: 'b' } }, status: { size: 99 } });
  const changed = await client.patch(widgets, key, { spec: { size: 2 } });
  expect(changed).toMatchObject({ spec: { size: 2 }, status: { size: 3 }, metadata: { generation: 2 } });
  await server.stop();
});

test('scale reads and writes the paths of the definition', async () => {
  const { server, client } = await startTestServer({ crds: [widgetDefinition] });
  await client.create(widgets, widget('w', { size: 2 }));
  await client.patch(widgets, key, { status: { size: 1, selector: 'a=b' } }, { subresource: 'status' });
  const scale = await client.patch(widgets, key, { spec: { replicas: 5 } }, { subresource: 'scale' });
  expect(scale).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 5 },
    status: { replicas: 1, selector: 'a=b' },
  });
  expect(await client.get(widgets, key)).toMatchObject({ spec: { size: 5 } });
  await server.stop();
});

/** v1alpha1 calls the size `width`. */
const converter: Converter = {
  group: 'test.example',
  kind: 'Widget',
  convert: (object, toVersion) => {
    const { spec } = object as KubeObject & { spec: { size?: number; color?: string } };
    if (spec.color === 'blue') throw new Error('blue does not exist there');
    return { ...object, apiVersion: `test.example/${toVersion}` } as KubeObject;
  },
};

test('every served version shows the same object through the converter, and a failure names it', async () => {
  const { server, client } = await startTestServer({ crds: [widgetDefinition], converters: [converter] });
  await client.create(widgets, widget('w', { size: 2 }));
  const old = { ...widgets, version: 'v1alpha1' };
  expect(await client.get(old, key)).toMatchObject({
    apiVersion: 'test.example/v1alpha1',
    spec: { size: 2 },
  });
  await client.patch(old, key, { spec: { size: 3 } });
  expect(await client.get(widgets, key)).toMatchObject({ apiVersion: 'test.example/v1', spec: { size: 3 } });
  await client.patch(widgets, key, { spec: { color: 'blue' } });
  await expect(client.get(old, key)).rejects.toThrow(
    'conversion of widgets.test.example "w" from test.example/v1 to test.example/v1alpha1 failed: blue does not exist there',
  );
  await server.stop();
});

test('a converter may change labels and annotations, and nothing else of the metadata', async () => {
  const marking: Converter = {
    ...converter,
    convert: (object, toVersion) => ({
      ...object,
      apiVersion: `test.example/${toVersion}`,
      metadata: { ...object.metadata, uid: 'mine', annotations: { shown: toVersion } },
    }),
  };
  const { server, client } = await startTestServer({ crds: [widgetDefinition], converters: [marking] });
  const { metadata } = await client.create(widgets, widget('w', { size: 2 }));
  const shown = await client.get({ ...widgets, version: 'v1alpha1' }, key);
  expect(shown.metadata).toMatchObject({ uid: metadata.uid, annotations: { shown: 'v1alpha1' } });
  await server.stop();
});

test('admission plugins see the storage version, may change, refuse and warn', async () => {
  const seen: AdmissionRequest[] = [];
  const plugin: AdmissionPlugin = {
    name: 'test',
    matches: (kind, subresource) => kind.kind === 'Widget' && subresource === '',
    review: async (request) => {
      seen.push(request);
      const { object } = request;
      if (object?.metadata.name === 'no') return { forbidden: 'not this one' };
      if (object?.metadata.name === 'bad') {
        return {
          errors: [{ type: 'Invalid', path: 'spec.size', value: 1, detail: 'too small' }],
          warnings: ['and ugly'],
        };
      }
      if (object === null) return {};
      const labels = { ...object.metadata.labels, seen: 'yes' };
      return { object: { ...object, metadata: { ...object.metadata, labels } }, warnings: ['be careful'] };
    },
  };
  const { server, client } = await startTestServer({ crds: [widgetDefinition], admission: [plugin] });
  const response = await server.fetch('/apis/test.example/v1alpha1/namespaces/default/widgets', {
    method: 'POST',
    body: JSON.stringify({ ...widget('w'), apiVersion: 'test.example/v1alpha1' }),
  });
  expect(response.headers.get('warning')).toBe('299 - "be careful"');
  expect(await response.json()).toMatchObject({ metadata: { labels: { seen: 'yes' } } });
  expect(seen[0]).toMatchObject({
    operation: 'CREATE',
    oldObject: null,
    object: { apiVersion: 'test.example/v1' },
    writtenVersion: 'v1alpha1',
  });
  const refused = await server.fetch('/apis/test.example/v1/namespaces/default/widgets', {
    method: 'POST',
    body: JSON.stringify({ ...widget('bad'), extra: 1 }),
  });
  expect(refused.status).toBe(422);
  expect(refused.headers.get('warning')).toBe('299 - "unknown field \\"extra\\"", 299 - "and ugly"');
  await expect(client.create(widgets, widget('no'))).rejects.toThrow(
    'widgets.test.example "no" is forbidden: not this one',
  );
  await expect(client.create(widgets, widget('bad'))).rejects.toThrow(
    'Widget.test.example "bad" is invalid: spec.size: Invalid value: 1: too small',
  );
  await client.delete(widgets, key);
  expect(seen.at(-1)).toMatchObject({
    operation: 'DELETE',
    object: null,
    oldObject: { metadata: { name: 'w' } },
  });
  await server.stop();
});

test('admission plugins never see wrong types, and speak after the schema', async () => {
  const plugin: AdmissionPlugin = {
    name: 'test',
    matches: (kind) => kind.kind === 'Widget',
    review: async ({ object }) => {
      const { color } = (object as unknown as { spec: { color: string } }).spec;
      return { errors: [{ type: 'Forbidden', path: 'spec.color', detail: `no ${color.toUpperCase()}` }] };
    },
  };
  const { server, client } = await startTestServer({ crds: [widgetDefinition], admission: [plugin] });
  const refusal = (spec: unknown): Promise<string> =>
    client.create(widgets, { ...widget('w'), spec } as KubeObject).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  expect(await refusal({ color: 1 })).toMatch(/spec\.color in body must be of type string: "integer"/);
  expect(await refusal({ color: 'green', size: 1 })).toBe(
    'Widget.test.example "w" is invalid: spec.color: Unsupported value: "green": supported values: "red", "blue"',
  );
  expect(await refusal({ color: 'red', size: 1 })).toContain('spec.color: Forbidden: no RED');
  await server.stop();
});

test('a deleted definition takes its objects with it and is then served no more', async () => {
  const { server, client } = await startTestServer({ crds: [widgetDefinition] });
  await client.create(widgets, widget('w'));
  await client.delete(resources.customResourceDefinitions, definitionKey);
  await expect
    .poll(() => client.find(resources.customResourceDefinitions, definitionKey), { timeout: 30_000 })
    .toBeUndefined();
  await expect(client.list(widgets)).rejects.toMatchObject({ code: 404 });
  await client.create(
    resources.customResourceDefinitions,
    widgetDefinition as unknown as CustomResourceDefinition,
  );
  expect((await client.list(widgets)).items).toEqual([]);
  await server.stop();
});

test('a definition that cannot work is refused with the field', async () => {
  const { server, client } = await startTestServer();
  const { spec } = widgetDefinition as unknown as CustomResourceDefinition;
  const [first] = spec.versions;
  const create = (change: object, name = 'widgets.test.example'): Promise<unknown> =>
    client
      .create(resources.customResourceDefinitions, {
        ...widgetDefinition,
        metadata: { name },
        spec: { ...spec, ...change },
      } as CustomResourceDefinition)
      .catch((error: unknown) => (isKubeError(error) ? error.message : error));
  expect(await create({}, 'other.test.example')).toContain('must be spec.names.plural+"."+spec.group');
  expect(await create({ group: 'apps' }, 'widgets.apps')).toContain(
    'should be a domain with at least one dot',
  );
  expect(await create({ versions: [{ ...first, storage: false }] })).toContain(
    'exactly one version marked as storage',
  );
  expect(await create({ versions: [{ ...first, schema: undefined }] })).toContain('schemas are required');
  const additionalPrinterColumns = [{ name: 'X', type: 'string', jsonPath: '.a[' }];
  expect(await create({ versions: [{ ...first, additionalPrinterColumns }] })).toContain(
    'spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: ".a["',
  );
  await server.stop();
});

test('definitions given at start are brought up to date when the server starts again with others', async () => {
  const { server, client } = await startTestServer({ crds: [widgetDefinition] });
  await client.create(widgets, widget('w'));
  const shown = await server.fetch('/apis/test.example/v1/namespaces/default/widgets', {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  expect(await shown.json()).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Size', type: 'integer' }],
    rows: [{ cells: ['w', 1] }],
  });
  await server.stop();
});
