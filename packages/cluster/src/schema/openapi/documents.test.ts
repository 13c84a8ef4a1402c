import { expect, test } from 'vitest';
import { type CustomOpenApiResource, createOpenApiDocuments } from './documents.ts';

const widget: CustomOpenApiResource = {
  group: 'weir.test',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
  hasStatus: true,
  openAPIV3Schema: { type: 'object', description: 'A widget.', properties: { spec: { type: 'object' } } },
};

interface Document {
  paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
  components: { schemas: Record<string, { properties?: object; description?: string }> };
}

const documents = createOpenApiDocuments({ version: 'v1.34.2' });

async function read(path: string, custom: readonly CustomOpenApiResource[]): Promise<Document> {
  const document = await documents.document(path, custom);
  return JSON.parse(document?.text ?? '{}') as Document;
}

test('the index names a document for each group-version, with a hash of its content', async () => {
  const index = JSON.parse((await documents.index([widget])).text) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  expect(Object.keys(index.paths)).toEqual(
    expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/autoscaling/v2', 'apis/weir.test/v1']),
  );
  const { hash } = (await documents.document('apis/weir.test/v1', [widget])) ?? { hash: '' };
  expect(index.paths['apis/weir.test/v1']?.serverRelativeURL).toBe(
    `/openapi/v3/apis/weir.test/v1?hash=${hash}`,
  );
});

test('patching says that it validates fields, which kubectl looks for', async () => {
  const document = await read('apis/weir.test/v1', [widget]);
  const path = '/apis/weir.test/v1/namespaces/{namespace}/widgets/{name}';
  expect(document.paths[path]?.patch?.parameters.map((one) => one.name)).toEqual([
    'dryRun',
    'fieldManager',
    'fieldValidation',
    'force',
  ]);
});

test('a document holds every schema that it refers to', async () => {
  for (const path of ['api/v1', 'apis/apps/v1', 'apis/apiextensions.k8s.io/v1', 'apis/weir.test/v1']) {
    const document = await read(path, [widget]);
    const wanted = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    const missing = wanted
      .map((match) => match[1] ?? '')
      .filter((name) => !(name in document.components.schemas));
    expect([path, missing]).toEqual([path, []]);
  }
});

test('custom kinds are published with type, metadata and their descriptions', async () => {
  const { components } = await read('apis/weir.test/v1', [widget]);
  expect(components.schemas['test.weir.v1.Widget']).toMatchObject({
    description: 'A widget.',
    properties: { apiVersion: {}, kind: {}, metadata: {}, spec: {} },
    'x-kubernetes-group-version-kind': [{ group: 'weir.test', version: 'v1', kind: 'Widget' }],
  });
});

test('a document is made again only when its custom kinds change', async () => {
  const first = await documents.document('apis/weir.test/v1', [widget]);
  expect(await documents.document('apis/weir.test/v1', [{ ...widget }])).toBe(first);
  const changed = { ...widget, openAPIV3Schema: { type: 'object' } };
  expect((await documents.document('apis/weir.test/v1', [changed]))?.hash).not.toBe(first?.hash);
  expect(await documents.document('apis/weir.test/v1', [])).toBeUndefined();
});
