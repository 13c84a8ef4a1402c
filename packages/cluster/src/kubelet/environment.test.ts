import type { Container, Pod } from '@weir/api/workloads';
import { Client } from '@weir/kube';
import { describe, expect, test } from 'vitest';
import { resolveEnvironment } from './environment.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const objects: Record<string, object> = {
  '/api/v1/namespaces/n/secrets/keys': { data: { token: base64('s3cret'), 'other.key': base64('x') } },
  '/api/v1/namespaces/n/configmaps/settings': { data: { level: 'info', '1bad': 'y' } },
};

/** An API server that knows the objects above. */
const client = new Client({
  fieldManager: 'test',
  fetch: async (path) => {
    const object = objects[path];
    return object === undefined ? new Response('{}', { status: 404 }) : Response.json(object);
  },
});

function resolve(container: Partial<Container>): Promise<Record<string, string>> {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u' },
    spec: { containers: [] },
  };
  const facts = { pod, podIP: '127.78.0.1', hostIP: '127.0.0.1', allocatable: { cpu: '4' } };
  return resolveEnvironment(pod, { name: 'main', ...container }, { client, facts, base: { PATH: '/bin' } });
}

describe('environment of a container', () => {
  test('comes from values, fields, resources, Secrets and ConfigMaps, later ones seeing earlier ones', async () => {
    const env = [
      { name: 'PLAIN', value: 'a' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
      { name: 'URL', value: 'http://$(IP):$(PORT)/$(PLAIN)$$(PLAIN)' },
      { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'absent', optional: true } } },
      { name: 'GONE', valueFrom: { secretKeyRef: { name: 'absent', key: 'k', optional: true } } },
    ];
    expect(await resolve({ env })).toEqual({
      PATH: '/bin',
      PLAIN: 'a',
      IP: '127.78.0.1',
      CPUS: '4',
      TOKEN: 's3cret',
      URL: 'http://127.78.0.1:$(PORT)/a$(PLAIN)',
    });
  });

  test('takes whole objects with a prefix; names that no variable may have are left out; env wins', async () => {
    const envFrom = [
      { configMapRef: { name: 'settings' } },
      { prefix: 'S_', secretRef: { name: 'keys' } },
      { secretRef: { name: 'absent', optional: true } },
    ];
    expect(await resolve({ envFrom, env: [{ name: 'level', value: 'debug' }] })).toEqual({
      PATH: '/bin',
      level: 'debug',
      S_token: 's3cret',
      'S_other.key': 'x',
    });
  });

  test.each<[string, Partial<Container>]>([
    [
      'secret "absent" not found',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'absent', key: 'k' } } }] },
    ],
    ['configmap "absent" not found', { envFrom: [{ configMapRef: { name: 'absent' } }] }],
    [
      "couldn't find key k in Secret n/keys",
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }] },
    ],
    [
      "couldn't find key k in ConfigMap n/settings",
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
    ],
    [
      'unsupported fieldPath: spec.x',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] },
    ],
    [
      'env "A": this source of a value is not supported',
      { env: [{ name: 'A', valueFrom: { fileKeyRef: { key: 'k', path: 'p', volumeName: 'v' } } }] },
    ],
  ])('names what is missing: %s', async (message, container) => {
    await expect(resolve(container)).rejects.toThrow(message);
  });
});
