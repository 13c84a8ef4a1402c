import type { KubeObject } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { ServerLimits } from './server-limits.ts';

function deployment(spec: object, metadata: KubeObject['metadata'] = {}): KubeObject & { spec: object } {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', ...metadata }, spec };
}

const wanted = deployment({ volume: { image: 'm' } }, { labels: { a: 'b' } });
const metadata = { uid: 'u', labels: { a: 'b' }, resourceVersion: '1' };
const stored = deployment({ volume: {} }, metadata);

test('what a server drops is not wanted again, until the wish, the object or the server changes', () => {
  const limits = new ServerLimits();
  expect(limits.isReached(wanted, stored)).toBe(false);
  limits.note(wanted, stored);
  const later = {
    ...deployment({ volume: {} }, { ...metadata, resourceVersion: '2' }),
    status: { replicas: 1 },
  };
  expect(limits.isReached(wanted, later)).toBe(true);
  expect(limits.isReached(deployment({ volume: { image: 'n' } }), stored)).toBe(false);
  expect(limits.isReached(wanted, deployment({ volume: {}, replicas: 3 }, metadata))).toBe(false);
  expect(limits.isReached(wanted, deployment({ volume: {} }, { uid: 'u' }))).toBe(false);
  limits.note(wanted, deployment({ volume: { image: 'm' } }, metadata));
  expect(limits.isReached(wanted, stored)).toBe(false);
});

test('a deleted object is forgotten', () => {
  const limits = new ServerLimits();
  limits.note(wanted, stored);
  limits.forget(stored);
  expect(limits.isReached(wanted, stored)).toBe(false);
});
