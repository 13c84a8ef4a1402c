import { gatewayResources } from '@weir/api/gateway';
import { type KubeObject, resources } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Secret } from '@weir/api/workloads';
import { Client, type Fetch, OwnedFields } from '@weir/kube';
import { readCertificate } from '@weir/kube/certificates';
import { expect, test } from 'vitest';
import { nothingObserved } from './desired/fixtures.ts';
import type { Desired, DesiredChild, Observed, PartResult } from './desired/index.ts';
import type { LocalCopies } from './local-copies.ts';
import { PartWriter } from './part-writer.ts';

const service = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceService',
  metadata: { namespace: 'demo', name: 'hello', uid: 'u1' },
  spec: {},
} as LLMInferenceService;
const signal = new AbortController().signal;

/** What a server notes of an apply: every field, lists as a whole. */
function fieldsOf(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [`f:${name}`, fieldsOf(field)]));
}

/**
 * An API server that keeps what is applied, merges nothing, and does not serve some paths. It gives versions and uids,
 * and carries out only what is meant for the object that it has.
 */
function fakeServer(missing: RegExp = /^$/) {
  const objects = new Map<string, KubeObject>();
  const requests: string[] = [];
  const fetch: Fetch = async (path, init = {}) => {
    const [url = ''] = path.split('?');
    const method = init.method ?? 'GET';
    requests.push(`${method} ${url.split('/').slice(-2).join('/')}`);
    const answer = (code: number, body: unknown): Response =>
      new Response(JSON.stringify(body), { status: code });
    if (missing.test(url))
      return answer(404, { kind: 'Status', reason: 'NotFound', message: '404', code: 404 });
    const stored = objects.get(url);
    if (method === 'GET')
      return stored === undefined
        ? answer(404, { kind: 'Status', reason: 'NotFound', code: 404 })
        : answer(200, stored);
    if (method === 'DELETE') return answer(200, { kind: 'Status', status: 'Success' });
    const sent = JSON.parse(String(init.body)) as KubeObject;
    const { uid = stored?.metadata.uid, resourceVersion: version } = sent.metadata;
    if (uid !== stored?.metadata.uid || (stored !== undefined && version !== undefined))
      return answer(409, { kind: 'Status', reason: 'Conflict', code: 409 });
    const { spec } = sent as { spec?: unknown };
    const fieldsV1 = { 'f:metadata': { 'f:ownerReferences': {} }, ...fieldsOf({ spec }) };
    const managedFields = [{ manager: 'test', operation: 'Apply' as const, fieldsV1 }];
    const resourceVersion = String(requests.length);
    const next = {
      ...sent,
      metadata: { ...sent.metadata, uid: uid ?? `uid-${requests.length}`, resourceVersion, managedFields },
    };
    objects.set(url, next);
    return answer(stored === undefined ? 201 : 200, next);
  };
  return { client: new Client({ fetch, fieldManager: 'test' }), fetch, objects, requests };
}

function child(kind: DesiredChild['kind'], name: string, more: object = {}): DesiredChild {
  const ownerReferences = [
    { apiVersion: '', kind: 'LLMInferenceService', name: 'hello', uid: 'u1', controller: true },
  ];
  return {
    kind,
    object: {
      apiVersion: 'v1',
      kind: kind.kind,
      metadata: { namespace: 'demo', name, ownerReferences },
      ...more,
    },
  };
}

function part(...apply: DesiredChild[]): PartResult {
  return { failure: { condition: 'HTTPRoutesReady', reason: 'HTTPRouteReconcileError' }, apply };
}

function observed(children: Observed['children'] = []): Observed {
  return { ...nothingObserved, children };
}

function writerTo(client: Client, copies: Pick<LocalCopies, 'get'> = { get: () => undefined }): PartWriter {
  const owned = new OwnedFields('test');
  return new PartWriter({ client, owned, copies: { ...copies, remember() {} }, now: () => new Date(0) });
}

const write = (client: Client, writer: PartWriter | null, desired: Desired, world: Observed) =>
  (writer ?? writerTo(client)).write(service, desired, world, signal);

test('what was written and still holds costs no request', async () => {
  const { client, requests } = fakeServer();
  const writer = writerTo(client);
  const desired: Desired = { parts: [part(child(resources.services, 's', { spec: { a: 1 } }))], remove: [] };
  const first = await write(client, writer, desired, observed());
  expect(first.applied.map(({ outcome }) => outcome)).toEqual(['created']);
  const count = requests.length;
  const world = observed(first.applied.map(({ kind, object }) => ({ kind, object })));
  expect((await write(client, writer, desired, world)).applied).toEqual([]);
  expect(requests).toHaveLength(count);
});

test('a change of what is wanted, or of what is there, is written', async () => {
  const { client } = fakeServer();
  const writer = writerTo(client);
  const desired = (a: number): Desired => ({
    parts: [part(child(resources.services, 's', { spec: { a } }))],
    remove: [],
  });
  const first = await write(client, writer, desired(1), observed());
  const live = first.applied.map(({ kind, object }) => ({ kind, object }));
  expect((await write(client, writer, desired(2), observed(live))).applied).toHaveLength(1);
  const drifted = live.map(({ kind, object }) => ({ kind, object: { ...object, spec: { a: 9 } } }));
  expect((await write(client, writer, desired(2), observed(drifted))).applied).toHaveLength(1);
});

test('a kind that is not served is named with what to do, and the other parts are written', async () => {
  const { client } = fakeServer(/httproutes/);
  const desired: Desired = {
    parts: [part(child(gatewayResources.httpRoutes, 'r')), part(child(resources.services, 's'))],
    remove: [],
  };
  const result = await write(client, null, desired, observed());
  expect(result.problems).toEqual([
    {
      type: 'HTTPRoutesReady',
      status: 'False',
      reason: 'HTTPRouteReconcileError',
      message:
        'kind HTTPRoute of gateway.networking.k8s.io/v1 is not served by this API server — install its CRD',
    },
  ]);
  expect(result.applied.map(({ kind }) => kind.kind)).toEqual(['Service']);
  expect(result.error?.message).toContain('install its CRD');
});

const foreignService = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'demo', name, resourceVersion: '7', uid: `theirs-${name}`, ...more },
});

test('an object that somebody else made is neither taken over nor removed', async () => {
  const { client, objects, requests } = fakeServer();
  const foreign = foreignService('s');
  objects.set('/api/v1/namespaces/demo/services/s', foreign);
  const desired: Desired = {
    parts: [part(child(resources.services, 's'))],
    remove: [{ kind: resources.services, namespace: 'demo', name: 's' }],
  };
  const result = await write(client, null, desired, observed());
  expect(result.problems[0]?.message).toBe(
    'Service demo/s exists and is not controlled by LLMInferenceService demo/hello (nobody controls it) — delete or rename it',
  );
  // The one attempt to create it was refused; then it is looked at, for each of what may be done with it.
  expect(requests).toEqual(['PATCH services/s', 'GET services/s', 'GET services/s', 'GET services/s']);
  expect(objects.get('/api/v1/namespaces/demo/services/s')).toEqual(foreign);

  const known = await write(client, writerTo(client, { get: () => foreign }), desired, observed());
  expect(known.problems).toEqual(result.problems);
  expect(requests).toHaveLength(4);
});

test('an object that was made anew by somebody else behind a stale copy is not taken over', async () => {
  const { client, objects } = fakeServer();
  const desired = (a: number): Desired => ({
    parts: [part(child(resources.services, 's', { spec: { a } }))],
    remove: [],
  });
  const first = await write(client, null, desired(1), observed());
  const stale = observed(first.applied.map(({ kind, object }) => ({ kind, object })));
  const url = '/api/v1/namespaces/demo/services/s';
  const owners = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u9', controller: true }];
  const foreign = foreignService('s', { ownerReferences: owners });
  objects.set(url, foreign);
  const refused = await write(client, null, desired(2), stale);
  expect(refused.problems[0]?.message).toContain('(it is controlled by ConfigMap c)');
  expect(objects.get(url)).toEqual(foreign);

  objects.delete(url);
  const again = await write(client, null, desired(2), stale);
  expect(again.applied.map(({ outcome }) => outcome)).toEqual(['created']);
});

test('all objects of others that stand in the way of a condition are named, and nothing more of their parts is written', async () => {
  const { client, objects } = fakeServer();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const foreign = names.map((name) => foreignService(name));
  for (const one of foreign) objects.set(`/api/v1/namespaces/demo/services/${one.metadata.name}`, one);
  const children = names.map((name) => child(resources.services, name));
  const desired: Desired = {
    parts: [
      part(child(resources.services, 'mine'), ...children.slice(0, 3), child(resources.services, 'late')),
      part(...children.slice(3)),
    ],
    remove: [],
  };
  const { problems, applied } = await write(client, null, desired, observed());
  const message =
    "Service demo/a (nobody's), Service demo/b (nobody's), Service demo/c (nobody's), Service demo/d (nobody's), " +
    "Service demo/e (nobody's) and 2 more exist and are not controlled by LLMInferenceService demo/hello — delete or rename them";
  expect(problems.map((problem) => problem.message)).toEqual([message, message]);
  expect(applied.map(({ object }) => object.metadata.name)).toEqual(['mine']);
});

test('a field that is no longer wanted is removed, also by a process that was just started', async () => {
  const { client, objects } = fakeServer();
  const desired = (spec: object): Desired => ({
    parts: [part(child(resources.services, 's', { spec }))],
    remove: [],
  });
  const first = await write(client, null, desired({ a: 1, b: 2 }), observed());
  const world = observed(first.applied.map(({ kind, object }) => ({ kind, object })));
  expect((await write(client, null, desired({ a: 1, b: 2 }), world)).applied).toEqual([]);
  expect((await write(client, null, desired({ a: 1 }), world)).applied).toHaveLength(1);
  expect(objects.get('/api/v1/namespaces/demo/services/s')).toMatchObject({ spec: { a: 1 } });
});

test('Services are written first, and the certificate names their addresses', async () => {
  const server = fakeServer();
  const fetch: Fetch = async (path, init = {}) => {
    const response = await server.fetch(path, init);
    if (!path.includes('/services/')) return response;
    const object = (await response.json()) as KubeObject & { spec?: object };
    const spec = { ...object.spec, clusterIPs: ['10.0.0.7'] };
    return Response.json({ ...object, spec }, { status: response.status });
  };
  const client = new Client({ fetch, fieldManager: 'test' });
  const secret = child(resources.secrets, 'tls').object;
  const generate = [
    { secret, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], expirationAnnotations: ['due'] },
  ];
  const desired: Desired = {
    parts: [{ ...part(child(resources.deployments, 'a')), generate }, part(child(resources.services, 's'))],
    remove: [],
  };
  const { applied } = await write(client, null, desired, observed());
  expect(applied.map(({ kind }) => kind.plural)).toEqual(['services', 'secrets', 'deployments']);
  const { data } = applied[1]?.object as Secret;
  const facts = readCertificate(Buffer.from(data?.['tls.crt'] ?? '', 'base64').toString('utf8'));
  expect(facts?.ipAddresses).toEqual(['10.0.0.7', '127.0.0.1']);
});

test('an object whose field cannot change in place is made anew, without what depends on it', async () => {
  const server = fakeServer();
  const immutable = {
    kind: 'Status',
    reason: 'Invalid',
    code: 422,
    message: 'spec.selector: field is immutable',
  };
  let isDeleted = false;
  const deletions: unknown[] = [];
  const fetch: Fetch = async (path, init = {}) => {
    if (init.method === 'DELETE') {
      isDeleted = true;
      deletions.push(JSON.parse(String(init.body)).propagationPolicy);
    }
    if (init.method === 'PATCH' && !isDeleted) return Response.json(immutable, { status: 422 });
    return server.fetch(path, init);
  };
  const client = new Client({ fetch, fieldManager: 'test' });
  const wanted = child(resources.deployments, 'a');
  const desired: Desired = { parts: [part({ ...wanted, recreate: 'Orphan' })], remove: [] };
  const live = { ...wanted.object, metadata: { ...wanted.object.metadata, uid: 'old' } };
  const world = observed([{ kind: wanted.kind, object: live }]);
  const { applied, problems } = await write(client, null, desired, world);
  expect({ outcome: applied.map((one) => one.outcome), problems, deletions }).toEqual({
    outcome: ['created'],
    problems: [],
    deletions: ['Orphan'],
  });
  isDeleted = false;
  const fixed: Desired = { parts: [part(wanted)], remove: [] };
  const refused = await write(client, null, fixed, world);
  expect(refused.problems.map(({ message }) => message)).toEqual([expect.stringContaining('immutable')]);
});
