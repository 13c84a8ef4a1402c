import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod, Volume } from '@weir/api/workloads';
import { Client } from '@weir/kube';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PodVolumes, removeAbandonedMemory, removeVolumes, type VolumeContext } from './index.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const core = '/api/v1/namespaces/n';
const hourMs = 3600_000;
let objects: Record<string, object>;
let tokens: object[];
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-volumes-'));
  tokens = [];
  objects = {
    [`${core}/secrets/keys`]: { data: { token: base64('s3cret'), 'tls.key': base64('key') } },
    [`${core}/configmaps/settings`]: { data: { level: 'info' }, binaryData: { blob: base64('\0\x01') } },
  };
});

afterEach(() => {
  removeVolumes(join(dir, 'volumes'));
  rmSync(dir, { recursive: true, force: true });
});

/** An API server with the objects above, which numbers the tokens it issues for an hour. */
function contextAt(nowMs: number): VolumeContext {
  const client = new Client({
    fieldManager: 'test',
    fetch: async (path, init) => {
      if (path === `${core}/serviceaccounts/default/token`) {
        tokens.push((JSON.parse(String(init?.body)) as { spec: object }).spec);
        const expirationTimestamp = new Date(nowMs + hourMs).toISOString();
        return Response.json({ status: { token: `token-${tokens.length}`, expirationTimestamp } });
      }
      const object = objects[path];
      return object === undefined ? new Response('{}', { status: 404 }) : Response.json(object);
    },
  });
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { app: 'x' } },
    spec: { containers: [] },
  };
  return {
    client,
    pod,
    volumesDir: join(dir, 'volumes'),
    claimsDir: join(dir, 'claims'),
    facts: { pod, podIP: '127.78.0.1', hostIP: '127.0.0.1', allocatable: {} },
    apiAccess: { url: 'https://127.0.0.1:7001', caPem: 'the CA' },
    writableHostPaths: false,
    provisionLocalVolumes: true,
    signal: new AbortController().signal,
    nowMs,
  };
}

async function mount(
  source: Omit<Volume, 'name'>,
  volumes: PodVolumes = new PodVolumes(),
  nowMs = 0,
): Promise<string> {
  await volumes.refresh([{ name: 'v', ...source }], contextAt(nowMs));
  return volumes.get('v')?.hostPath ?? '';
}

function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('..'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

describe('volumes of a pod', () => {
  test('a Secret is readable by its owner alone unless a mode is asked for', async () => {
    const folder = await mount({ secret: { secretName: 'keys' } });
    expect(contentOf(folder)).toEqual({ 'tls.key': 'key', token: 's3cret' });
    expect(statSync(join(folder, 'token')).mode & 0o777).toBe(0o600);
    const items = [{ key: 'token', path: 't', mode: 0o400 }];
    const chosen = await mount({ secret: { secretName: 'keys', items, defaultMode: 0o440 } });
    expect(contentOf(chosen)).toEqual({ t: 's3cret' });
    expect(statSync(join(chosen, 't')).mode & 0o777).toBe(0o400);
  });

  test('a ConfigMap shows text and bytes, and its changes', async () => {
    const volumes = new PodVolumes();
    const folder = await mount({ configMap: { name: 'settings' } }, volumes);
    expect(contentOf(folder)).toEqual({ blob: '\0\x01', level: 'info' });
    objects[`${core}/configmaps/settings`] = { data: { level: 'debug' } };
    await mount({ configMap: { name: 'settings' } }, volumes);
    expect(contentOf(folder)).toEqual({ level: 'debug' });
  });

  test('a projected volume brings token, CA and fields together; the token is renewed at 80 % of its life', async () => {
    const sources = [
      { serviceAccountToken: { path: 'token', audience: 'api', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    const volumes = new PodVolumes();
    const folder = await mount({ projected: { sources } }, volumes);
    expect(contentOf(folder)).toEqual({ 'ca.crt': 'the CA', labels: 'app="x"', token: 'token-1' });
    expect(tokens).toEqual([
      {
        audiences: ['api'],
        expirationSeconds: 3600,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' },
      },
    ]);
    expect(volumes.refreshAtMs).toBe(0.8 * hourMs);
    await mount({ projected: { sources } }, volumes, 0.5 * hourMs);
    expect(contentOf(folder).token).toBe('token-1');
    await mount({ projected: { sources } }, volumes, 0.8 * hourMs);
    expect(contentOf(folder).token).toBe('token-2');
  });

  test('an emptyDir in memory is removed with the pod', async () => {
    const folder = await mount({ emptyDir: { medium: 'Memory' } });
    expect(statSync(folder).isDirectory()).toBe(true);
    removeVolumes(join(dir, 'volumes'));
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  test('memory of an instance whose state was deleted is found and removed', async () => {
    const folder = await mount({ emptyDir: { medium: 'Memory' } });
    removeAbandonedMemory();
    expect(statSync(folder).isDirectory()).toBe(true);
    rmSync(join(dir, 'volumes'), { recursive: true });
    removeAbandonedMemory();
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  test('optional objects may be missing', async () => {
    expect(contentOf(await mount({ secret: { secretName: 'absent', optional: true } }))).toEqual({});
    const items = [{ key: 'absent', path: 'a' }];
    expect(contentOf(await mount({ configMap: { name: 'settings', optional: true, items } }))).toEqual({});
  });

  test('a host path is shown read-only', async () => {
    const volumes = new PodVolumes();
    await mount({ hostPath: { path: tmpdir(), type: 'Directory' } }, volumes);
    expect(volumes.get('v')).toMatchObject({ hostPath: tmpdir(), isReadOnly: true });
    expect(await mount({ hostPath: { path: '/no/such/path' } })).toBe('/no/such/path');
  });

  test.each<[string, Omit<Volume, 'name'>]>([
    ['secret "absent" not found', { secret: { secretName: 'absent' } }],
    ['configmap "absent" not found', { configMap: { name: 'absent' } }],
    [
      'references non-existent secret key: absent in n/keys',
      { secret: { secretName: 'keys', items: [{ key: 'absent', path: 'a' }] } },
    ],
    [
      'path "../../x" must be relative and may not contain ".."',
      { secret: { secretName: 'keys', items: [{ key: 'token', path: '../../x' }] } },
    ],
    ['persistentvolumeclaim "absent" not found', { persistentVolumeClaim: { claimName: 'absent' } }],
    [
      'hostPath /no/such/path does not exist',
      { hostPath: { path: '/no/such/path', type: 'DirectoryOrCreate' } },
    ],
    ['hostPath type check failed: /etc is not a file', { hostPath: { path: '/etc', type: 'File' } }],
    [
      'projected source clusterTrustBundle is not supported',
      { projected: { sources: [{ clusterTrustBundle: { path: 'p' } }] } },
    ],
    ['volumes of kind nfs are not supported on this node', { nfs: { server: 's', path: '/' } }],
  ])('says what is wrong: %s', async (message, source) => {
    await expect(mount(source)).rejects.toThrow(`MountVolume.SetUp failed for volume "v" : ${message}`);
  });
});
