import type { Pod } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { afterEach, expect, test } from 'vitest';
import { ReferencedObjects } from './referenced-objects.ts';

const stop = new AbortController();
afterEach(() => stop.abort());

function podOf(uid: string, secretName: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, namespace: 'default', uid },
    spec: {
      containers: [{ name: 'main', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      volumes: [{ name: 'keys', secret: { secretName } }],
    },
  };
}

/** Answers lists with one object, and watches with silence until they are given up. */
function createServer(): { fetch: Fetch; followed: () => string[] } {
  const open = new Set<string>();
  const fetch: Fetch = (path, init) => {
    const { pathname, searchParams } = new URL(path, 'http://server');
    const what = `${pathname} ${searchParams.get('fieldSelector')}`;
    if (searchParams.get('watch') === null) {
      const item = { metadata: { name: 'x', namespace: 'default', resourceVersion: '1' } };
      return Promise.resolve(Response.json({ metadata: { resourceVersion: '1' }, items: [item] }));
    }
    open.add(what);
    init?.signal?.addEventListener('abort', () => open.delete(what));
    return Promise.resolve(new Response(new ReadableStream()));
  };
  return { fetch, followed: () => [...open].sort() };
}

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

test('follows each object that pods use once, by its name, until nobody uses it any more', async () => {
  const { fetch, followed } = createServer();
  const client = new Client({ fetch, fieldManager: 'test' });
  const woken: string[] = [];
  const references = new ReferencedObjects({
    client,
    log: silentLogger,
    signal: stop.signal,
    onChange: (uid) => woken.push(uid),
  });
  references.add(podOf('a', 'one'));
  references.add(podOf('b', 'two'));
  const settings = '/api/v1/namespaces/default/configmaps metadata.name=settings';
  const secret = (name: string): string => `/api/v1/namespaces/default/secrets metadata.name=${name}`;
  await expect.poll(followed, patient).toEqual([settings, secret('one'), secret('two')]);
  expect(woken.sort()).toEqual(['a', 'a', 'b', 'b']);
  references.remove('a');
  await expect.poll(followed, patient).toEqual([settings, secret('two')]);
  references.remove('b');
  await expect.poll(followed, patient).toEqual([]);
});
