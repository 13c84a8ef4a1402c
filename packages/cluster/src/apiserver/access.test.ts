import { request as httpsRequest } from 'node:https';
import type { ObjectKey } from '@weir/api/meta';
import { resources } from '@weir/api/meta';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, ServiceAccount } from '@weir/api/workloads';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './testing.ts';

const rbac = 'rbac.authorization.k8s.io';
const robot: ObjectKey = { namespace: 'default', name: 'robot' };
let test_: TestServer;
let port = 0;
let authority: CertificatePair;
let admin: CertificatePair;
let token = '';

beforeAll(async () => {
  test_ = await startTestServer();
  const notBefore = new Date(Date.now() - 60_000);
  authority = await createCertificateAuthority('ca', notBefore, 2);
  const issue = (
    from: CertificatePair,
    commonName: string,
    organizations: string[],
  ): Promise<CertificatePair> =>
    issueCertificate(from, {
      commonName,
      organizations,
      ipAddresses: ['127.0.0.1'],
      usages: ['server', 'client'],
      notBefore,
      validDays: 1,
    });
  const serving = await issue(authority, 'localhost', []);
  admin = await issue(authority, 'admin', ['system:masters', 'other']);
  ({ port } = await test_.server.listen({
    host: '127.0.0.1',
    port: 0,
    tls: { ...serving, caPem: authority.certPem },
  }));
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...robot } };
  await test_.client.create(resources.serviceAccounts, account);
  const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }];
  await test_.client.create(
    resources.roles,
    role([
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    ]),
  );
  await test_.client.create(resources.roleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { ...robot },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'robot' },
    subjects,
  } as RoleBinding);
  await test_.client.create(resources.clusterRoles, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'metrics' },
    rules: [{ nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] }],
  } as ClusterRole);
  await test_.client.create(resources.clusterRoleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'metrics' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'metrics' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:serviceaccounts:default' }],
  } as ClusterRoleBinding);
  token = await newToken({});
});

afterAll(() => test_.server.stop());

function role(rules: Role['rules']): Role {
  return { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { ...robot }, rules } as Role;
}

async function newToken(spec: object): Promise<string> {
  const response = await test_.server.fetch('/api/v1/namespaces/default/serviceaccounts/robot/token', {
    method: 'POST',
    body: JSON.stringify({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec }),
  });
  return ((await response.json()) as { status: { token: string } }).status.token;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly client?: CertificatePair;
}

function send(path: string, options: Sent = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        headers: options.headers ?? {},
        ca: authority.certPem,
        agent: false,
        ...(options.client === undefined ? {} : { cert: options.client.certPem, key: options.client.keyPem }),
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

const bearer = (value: string): Record<string, string> => ({ authorization: `Bearer ${value}` });
const config = '/api/v1/namespaces/default/configmaps';

test('probes and version need no credentials, everything else does', async () => {
  for (const path of ['/healthz', '/livez', '/readyz'])
    expect(await send(path)).toEqual({ status: 200, text: 'ok' });
  expect((await send('/version')).status).toBe(200);
  for (const path of ['/api', '/apis', config, '/openapi/v3', '/metrics']) {
    const { status, text } = await send(path);
    expect([path, status]).toEqual([path, 401]);
    expect(JSON.parse(text)).toMatchObject({ reason: 'Unauthorized' });
  }
});

test('a client certificate of the CA is its subject; one of another CA is nobody', async () => {
  expect((await send(config, { client: admin })).status).toBe(200);
  const review = JSON.stringify({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' });
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const who = await send(path, { client: admin, method: 'POST', body: review });
  expect(JSON.parse(who.text)).toMatchObject({
    status: { userInfo: { username: 'admin', groups: ['system:masters', 'other', 'system:authenticated'] } },
  });
  const notBefore = new Date(Date.now() - 60_000);
  const foreign = await createCertificateAuthority('foreign', notBefore, 2);
  const intruder = await issueCertificate(foreign, {
    commonName: 'admin',
    organizations: ['system:masters'],
    usages: ['client'],
    notBefore,
    validDays: 1,
  });
  expect((await send(config, { client: intruder })).status).toBe(401);
});

test('a role allows what it names and no more', async () => {
  const as = { headers: bearer(token) };
  expect((await send(`${config}/mine`, as)).status).toBe(404);
  expect((await send(`${config}/other`, as)).status).toBe(403);
  expect((await send(config, as)).status).toBe(403);
  expect((await send('/api/v1/namespaces/default/pods/p/log', as)).status).toBe(404);
  expect((await send('/api/v1/namespaces/default/pods/p', as)).status).toBe(403);
  expect((await send('/api/v1/namespaces/kube-system/configmaps/mine', as)).status).toBe(403);
  expect((await send('/metrics', as)).status).toBe(404);
  expect((await send('/logs/a/b', as)).status).toBe(404);
  expect((await send('/debug', as)).status).toBe(403);
  expect((await send('/apis', as)).status).toBe(200);
});

test('tokens that were changed, are for others, or outlive what they are bound to are refused', async () => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const forged = Buffer.from(
    JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:admin' }),
  ).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const other = await newToken({ audiences: ['https://elsewhere'] });
  for (const bad of [`${head}.${forged}.${signature}`, `${none}.${body}.`, 'x', `${token}x`, other]) {
    expect((await send('/apis', { headers: bearer(bad) })).status).toBe(401);
  }
  const metadata = { name: 'holder', namespace: 'default' };
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  await test_.client.create(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const bound = await newToken({ boundObjectRef: { kind: 'Pod', name: 'holder' } });
  expect((await send('/apis', { headers: bearer(bound) })).status).toBe(200);
  await test_.client.delete(resources.pods, metadata);
  expect((await send('/apis', { headers: bearer(bound) })).status).toBe(401);
});

test('a port that is in use is named', async () => {
  const tls = { certPem: authority.certPem, keyPem: authority.keyPem, caPem: authority.certPem };
  await expect(test_.server.listen({ host: '127.0.0.1', port, tls })).rejects.toThrow(
    `port ${port} of 127.0.0.1 is in use by another program`,
  );
});

test('a body over the limit is refused, and the server goes on', async () => {
  const body = JSON.stringify({ metadata: { name: 'big' }, data: { a: 'x'.repeat(4 * 1024 * 1024) } });
  // The server may close while the client still writes, which the client then sees as a reset.
  const orReset = (error: Error): { status: number; text: string } => ({ status: 0, text: error.message });
  const refused = await send(config, { client: admin, method: 'POST', body }).catch(orReset);
  if (refused.status !== 0)
    expect(JSON.parse(refused.text)).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  const headers = { 'x-long': 'x'.repeat(100_000) };
  expect([0, 431]).toContain((await send('/healthz', { headers }).catch(orReset)).status);
  expect(
    await test_.client.find(resources.configMaps, { namespace: 'default', name: 'big' }),
  ).toBeUndefined();
  expect((await send('/healthz')).status).toBe(200);
});

test('nobody can give away what they do not have', async () => {
  const path = `/apis/${rbac}/v1/namespaces/default/roles`;
  const verbs = ['create', 'update', 'patch'];
  await test_.client.patch(resources.roles, robot, {
    rules: [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['get'] },
      { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs },
    ],
  });
  const write = (name: string, rules: Role['rules']): Promise<{ status: number; text: string }> => {
    const body = JSON.stringify({ ...role(rules), metadata: { name, namespace: 'default' } });
    return send(path, { method: 'POST', headers: bearer(token), body });
  };
  const own = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['get'] }];
  expect((await write('same', own)).status).toBe(201);
  const more = await write('more', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  expect(JSON.parse(more.text)).toMatchObject({
    code: 403,
    message: expect.stringContaining(
      'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    ),
  });
  const binding = JSON.stringify({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'grab', namespace: 'default' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
  });
  const bound = await send(path.replace('roles', 'rolebindings'), {
    method: 'POST',
    headers: bearer(token),
    body: binding,
  });
  expect(bound.status).toBe(403);
});

test('only those who may impersonate can act as others', async () => {
  const as = { 'impersonate-user': 'system:serviceaccount:default:robot' };
  expect((await send(config, { client: admin, headers: as })).status).toBe(403);
  expect((await send('/apis', { client: admin, headers: as })).status).toBe(200);
  expect((await send('/apis', { headers: { ...bearer(token), 'impersonate-user': 'admin' } })).status).toBe(
    403,
  );
  expect((await send('/apis', { client: admin, headers: { 'impersonate-group': 'x' } })).status).toBe(400);
});
