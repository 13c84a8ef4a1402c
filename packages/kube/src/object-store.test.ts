import type { KubeObject } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { ObjectStore } from './object-store.ts';

function object(name: string, version: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'demo', name, resourceVersion: String(version) },
  };
}

function storeAt(version: number, ...items: KubeObject[]) {
  const store = new ObjectStore<KubeObject>();
  store.replace(items, String(version));
  const changes: string[] = [];
  store.onChange((change) =>
    changes.push(`${change.type} ${change.object.metadata.name}@${change.object.metadata.resourceVersion}`),
  );
  changes.splice(0);
  return { store, changes };
}

test('the answer to a write is known at once, and the watch that brings it again is no change', () => {
  const { store, changes } = storeAt(5, object('a', 3));
  store.remember(object('a', 8));
  store.change(object('a', 6), false);
  store.change(object('b', 7), false);
  store.change(object('a', 8), false);
  store.change(object('a', 9), false);
  expect(changes).toEqual(['updated a@8', 'added b@7', 'updated a@9']);
});

test('an answer that the watch has overtaken brings nothing back', () => {
  const { store, changes } = storeAt(5, object('a', 3));
  store.change(object('a', 9), true);
  store.remember(object('a', 8));
  store.reach('20');
  store.remember(object('c', 15));
  expect(changes).toEqual(['deleted a@9']);
  expect(store.list('demo')).toEqual([]);
});

test('a list that is older than an answer does not undo it; one that is newer does', () => {
  const { store } = storeAt(5, object('a', 3));
  store.remember(object('b', 8));
  store.replace([object('a', 3)], '7');
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  store.replace([object('a', 3)], '9');
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['a']);
});

test('versions that are no numbers are left to the watch', () => {
  const { store, changes } = storeAt(5);
  const opaque = object('a', 0);
  opaque.metadata.resourceVersion = 'x1';
  store.remember(opaque);
  expect(changes).toEqual([]);
  store.change(opaque, false);
  expect(changes).toEqual(['added a@x1']);
});
