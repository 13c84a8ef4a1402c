import { resources } from '@weir/api/meta';
import type { ConfigMap, Namespace, Pod, Service, ServiceAccount } from '@weir/api/workloads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, startTestServer, type TestServer } from './testing.ts';

let test_: TestServer;

beforeAll(async () => {
  test_ = await startTestServer({ serviceCidr: '127.79.8.0/29' });
});

afterAll(() => test_.server.stop());

const at = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

function pod(name: string, spec: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

function service(name: string, spec: object = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

test('a name is made of generateName, again when it is taken', async () => {
  const make = { ...configMap(''), metadata: { namespace: 'default', generateName: 'made-' } } as ConfigMap;
  const made = await Promise.all(
    Array.from({ length: 20 }, () => test_.client.create(resources.configMaps, make)),
  );
  const names = made.map((one) => one.metadata.name ?? '');
  expect(new Set(names).size).toBe(20);
  expect(names.every((name) => /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name))).toBe(true);
});

test('concurrent changes of one object all count, and a write on an old state is refused', async () => {
  await test_.client.create(resources.configMaps, configMap('busy') as ConfigMap);
  const stale = await test_.client.get(resources.configMaps, at('busy'));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      test_.client.patch(resources.configMaps, at('busy'), { data: { [`k${i}`]: 'v' } }),
    ),
  );
  const found = await test_.client.get(resources.configMaps, at('busy'));
  expect(Object.keys(found.data ?? {})).toHaveLength(21);
  await expect(test_.client.update(resources.configMaps, stale)).rejects.toMatchObject({
    code: 409,
    reason: 'Conflict',
  });
});

test('a write that changes nothing keeps the resourceVersion', async () => {
  const first = await test_.client.apply(resources.configMaps, configMap('same') as ConfigMap);
  const second = await test_.client.apply(resources.configMaps, configMap('same') as ConfigMap);
  const third = await test_.client.patch(resources.configMaps, at('same'), { data: { a: 'b' } });
  expect([second.metadata, third.metadata]).toEqual([first.metadata, first.metadata]);
});

test('pages of a list show one state, whatever happens meanwhile', async () => {
  for (const name of ['p1', 'p2', 'p3']) {
    await test_.client.create(
      resources.configMaps,
      configMap(name, { metadata: { name, namespace: 'default', labels: { page: 'x' } } }) as ConfigMap,
    );
  }
  const first = await test_.client.list(resources.configMaps, { labelSelector: 'page=x', limit: 2 });
  await test_.client.delete(resources.configMaps, at('p3'));
  const rest = await test_.client.list(resources.configMaps, {
    continue: first.metadata.continue ?? '',
    limit: 2,
  });
  expect(first.metadata.remainingItemCount).toBe(1);
  expect([...first.items, ...rest.items].map((one) => one.metadata.name)).toEqual(['p1', 'p2', 'p3']);
  expect(rest.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
});

test('finalizers hold a deleted object until they are gone', async () => {
  const held = configMap('held', {
    metadata: { name: 'held', namespace: 'default', finalizers: ['test/hold'] },
  });
  await test_.client.create(resources.configMaps, held as ConfigMap);
  await test_.client.delete(resources.configMaps, at('held'));
  const found = await test_.client.get(resources.configMaps, at('held'));
  expect(found.metadata.deletionTimestamp).toBeDefined();
  await test_.client.patch(resources.configMaps, at('held'), { metadata: { finalizers: null } });
  expect(await test_.client.find(resources.configMaps, at('held'))).toBeUndefined();
});

test('a collection is deleted by selector', async () => {
  for (const name of ['d1', 'd2']) {
    const metadata = { name, namespace: 'default', labels: { group: name } };
    await test_.client.create(resources.configMaps, configMap(name, { metadata }) as ConfigMap);
  }
  await test_.server.fetch('/api/v1/namespaces/default/configmaps?labelSelector=group%3Dd1', {
    method: 'DELETE',
  });
  expect(await test_.client.find(resources.configMaps, at('d1'))).toBeUndefined();
  expect(await test_.client.find(resources.configMaps, at('d2'))).toBeDefined();
});

test('a bound pod stays until its kubelet deletes it; one without a node goes at once', async () => {
  await test_.client.create(resources.pods, pod('free'));
  await test_.client.delete(resources.pods, at('free'));
  expect(await test_.client.find(resources.pods, at('free'))).toBeUndefined();
  await test_.client.create(
    resources.pods,
    pod('bound', { nodeName: 'n', terminationGracePeriodSeconds: 60 }),
  );
  await test_.client.delete(resources.pods, at('bound'));
  await test_.client.delete(resources.pods, at('bound'), { gracePeriodSeconds: 5 });
  const found = await test_.client.get(resources.pods, at('bound'));
  expect(found.metadata.deletionGracePeriodSeconds).toBe(5);
  await test_.client.delete(resources.pods, at('bound'), { gracePeriodSeconds: 0 });
  expect(await test_.client.find(resources.pods, at('bound'))).toBeUndefined();
});

test('a pod gets the token of its account, and an account that does not exist is refused', async () => {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'robot', namespace: 'default' },
  };
  await expect(
    test_.client.create(resources.pods, pod('robot', { serviceAccountName: 'robot' })),
  ).rejects.toThrow(
    'pods "robot" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
  );
  await test_.client.create(resources.serviceAccounts, account);
  const created = await test_.client.create(resources.pods, pod('robot', { serviceAccountName: 'robot' }));
  const [volume] = created.spec?.volumes ?? [];
  expect(volume?.name).toMatch(/^kube-api-access-\w{5}$/);
  expect(created.spec?.containers[0]?.volumeMounts).toEqual([
    { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: volume?.name, readOnly: true },
  ]);
  const without = await test_.client.create(
    resources.pods,
    pod('silent', { serviceAccountName: 'robot', automountServiceAccountToken: false }),
  );
  expect(without.spec?.volumes).toBeUndefined();
});

test('a namespace goes when its finalizers are gone, and takes no new content meanwhile', async () => {
  const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } };
  const created = await test_.client.create(resources.namespaces, namespace);
  expect(created).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  await test_.client.delete(resources.namespaces, { namespace: '', name: 'team' });
  const going = await test_.client.get(resources.namespaces, { namespace: '', name: 'team' });
  expect(going.status?.phase).toBe('Terminating');
  const late = { ...configMap('late'), metadata: { name: 'late', namespace: 'team' } } as ConfigMap;
  await expect(test_.client.create(resources.configMaps, late)).rejects.toMatchObject({ code: 403 });
  await test_.server.fetch('/api/v1/namespaces/team/finalize', {
    method: 'PUT',
    body: JSON.stringify({ ...going, spec: { finalizers: [] } }),
  });
  expect(await test_.client.find(resources.namespaces, { namespace: '', name: 'team' })).toBeUndefined();
  const immortal = test_.client.delete(resources.namespaces, { namespace: '', name: 'default' });
  await expect(immortal).rejects.toThrow('this namespace may not be deleted');
});

test('services get addresses of the range, keep them, give them back, and run out of them', async () => {
  const ipOf = async (name: string, spec: object = {}): Promise<string | undefined> =>
    (await test_.client.create(resources.services, service(name, spec))).spec?.clusterIP;
  expect(await ipOf('a')).toBe('127.79.8.2');
  expect(await ipOf('b', { clusterIP: '127.79.8.3' })).toBe('127.79.8.3');
  await expect(ipOf('c', { clusterIP: '127.79.8.3' })).rejects.toThrow('provided IP is already allocated');
  await expect(ipOf('c', { clusterIP: '10.0.0.1' })).rejects.toThrow('is not in the valid range');
  await test_.client.create(resources.services, service('dry'), { dryRun: true });
  expect(await ipOf('d')).toBe('127.79.8.4');
  expect([await ipOf('e'), await ipOf('f')]).toEqual(['127.79.8.5', '127.79.8.6']);
  await expect(ipOf('g')).rejects.toThrow('range is full');
  const replaced = await test_.client.update(resources.services, service('a', { selector: { x: 'y' } }));
  expect(replaced.spec?.clusterIP).toBe('127.79.8.2');
  await test_.client.delete(resources.services, at('a'));
  expect(await ipOf('g')).toBe('127.79.8.2');
});

test('what this server does not have is refused by name', async () => {
  await test_.client.create(resources.pods, pod('exec'));
  const path = '/api/v1/namespaces/default/pods/exec';
  for (const name of [
    'exec',
    'attach',
    'portforward',
    'eviction',
    'proxy',
    'ephemeralcontainers',
    'resize',
  ]) {
    const response = await test_.server.fetch(`${path}/${name}`, { method: 'POST', body: '{}' });
    expect(await response.json()).toMatchObject({
      code: 501,
      reason: 'NotImplemented',
      message: `the subresource pods/${name} is not implemented by this API server`,
    });
  }
  const job = await test_.server.fetch('/apis/batch/v1/namespaces/default/jobs', {
    method: 'POST',
    body: '{}',
  });
  expect(await job.json()).toMatchObject({
    code: 501,
    message: 'the kind Job of batch is not implemented by this API server',
  });
  expect((await test_.server.fetch('/apis/batch/v1/namespaces/default/jobs')).status).toBe(404);
  const logs = await test_.server.fetch(`${path}/log`);
  expect(await logs.json()).toMatchObject({
    code: 501,
    message: expect.stringContaining('no kubelet is attached'),
  });
});

test('logs stream from the kubelet, and its failure is a Status', async () => {
  await test_.client.create(resources.pods, pod('talks'));
  const status = {
    containerStatuses: [
      { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
    ],
  };
  await test_.client.patch(resources.pods, at('talks'), { status }, { subresource: 'status' });
  const path = '/api/v1/namespaces/default/pods/talks/log';
  test_.server.setPodLogs({
    async *open(found, { signal: _, ...options }) {
      yield new TextEncoder().encode(JSON.stringify({ name: found.name, ...options }));
    },
  });
  const response = await test_.server.fetch(`${path}?tailLines=5&timestamps=true`);
  expect(await response.json()).toEqual({
    name: 'talks',
    container: 'c',
    follow: false,
    previous: false,
    tailLines: 5,
    timestamps: true,
  });
  expect(await (await test_.server.fetch(`${path}?container=x`)).json()).toMatchObject({
    code: 400,
    message: 'container x is not valid for pod talks',
  });
  test_.server.setPodLogs({
    open: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('disk is gone')) }),
    }),
  });
  expect((await test_.server.fetch(path)).status).toBe(500);
});
