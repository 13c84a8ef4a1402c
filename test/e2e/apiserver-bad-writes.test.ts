import { type ApiServer, createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiCases } from './apiserver-cases.ts';

let server: ApiServer;
const paths: string[] = [];

beforeAll(async () => {
  server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
    serviceCidr: '10.0.0.0/24',
  });
  for (const { method, path, body } of apiCases) {
    if (method !== 'POST') continue;
    const { status } = await server.fetch(path, { method, body: JSON.stringify(body) });
    const { name } = (body as { metadata: { name?: string } }).metadata;
    if (status === 201 && name !== undefined && !path.endsWith('/binding') && !path.includes('?'))
      paths.push(`${path}/${name}`);
  }
});

afterAll(() => server?.stop());

const bodies: readonly unknown[] = [
  { spec: null },
  { metadata: null },
  { status: null },
  { data: null },
  { roleRef: null, subjects: null, rules: null, involvedObject: null, endpoints: null },
  { spec: { template: null, selector: null, ports: null, containers: null, strategy: null } },
  { spec: { replicas: 1.5 } },
  { spec: { replicas: 'x' } },
  { kind: null },
  { apiVersion: null },
  { metadata: { labels: null, finalizers: null, name: null, uid: null, creationTimestamp: null } },
  { metadata: { managedFields: null } },
  { metadata: { managedFields: [{}] } },
  { metadata: { managedFields: [{ manager: 'x', fieldsType: 'FieldsV1', fieldsV1: 5 }] } },
  5,
  [],
  null,
];

const operations: readonly unknown[] = [
  [{ op: 'remove', path: '/spec' }],
  [{ op: 'remove', path: '/metadata' }],
  [{ op: 'remove', path: '/kind' }],
  [{ op: 'replace', path: '', value: null }],
  [{ op: 'replace', path: '', value: {} }],
  [{ op: 'add', path: '/spec/-', value: 1 }],
  [{ op: 'copy', from: '/metadata', path: '/spec' }],
  [{ op: 'add', path: 'x', value: 1 }],
  [{}],
  [null],
];

test.each([
  ['PUT', 'application/json', bodies],
  ['PATCH', 'application/merge-patch+json', bodies],
  ['PATCH', 'application/strategic-merge-patch+json', bodies],
  ['PATCH', 'application/apply-patch+yaml', bodies],
  ['PATCH', 'application/json-patch+json', operations],
])('no %s of %s breaks the server, whatever it leaves of an object', async (method, type, list) => {
  const broken: string[] = [];
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) {
    for (const target of [path, `${path}/status`, `${path}/scale`]) {
      for (const body of list) {
        const response = await server.fetch(`${target}?dryRun=All&fieldManager=bad&force=true`, {
          method,
          headers: { 'content-type': type },
          body: JSON.stringify(body),
        });
        if (response.status === 500) broken.push(`${target} ${JSON.stringify(body)}`);
      }
    }
  }
  expect(broken).toEqual([]);
});
