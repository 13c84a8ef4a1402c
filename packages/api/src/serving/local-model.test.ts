import { describe, expect, test } from 'vitest';
import type { ObjectMeta } from '../meta/index.ts';
import { type ModelCache, type ModelCaches, withLocalModel } from './local-model.ts';
import { reviewService } from './review.ts';
import { type LLMInferenceService, servingResources } from './types.ts';

const label = 'internal.serving.kserve.io/localmodel';
const namespaceLabel = `${label}-namespace`;
const source = `${label}-sourceuri`;
const claim = `${label}-pvc-name`;
const group = 'serving.kserve.io/nodegroup';
const disable = 'serving.kserve.io/disable-localmodel';

function cache(name: string, sourceModelUri: string, nodeGroups: string[] = ['gpus']): ModelCache {
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'LocalModelCache',
    metadata: { name },
    spec: { sourceModelUri, nodeGroups },
  };
}

function inNamespace(one: ModelCache): ModelCache {
  return { ...one, metadata: { ...one.metadata, namespace: 'team' } };
}

function caches(ofCluster: readonly ModelCache[], ofNamespace: readonly ModelCache[] = []): ModelCaches {
  return { ofCluster, ofNamespace: ofNamespace.map(inNamespace) };
}

function service(metadata: ObjectMeta = {}, uri = 'hf://org/model'): LLMInferenceService {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'hello', namespace: 'team', ...metadata },
    spec: { model: { uri } },
  };
}

/** What stands for a copy on the nodes. */
function marks(name: string, nodeGroup: string, sourceUri: string): ObjectMeta {
  return { labels: { [label]: name }, annotations: { [source]: sourceUri, [claim]: `${name}-${nodeGroup}` } };
}

const forged: ObjectMeta = {
  labels: { [label]: 'mine', [namespaceLabel]: 'mine', team: 'a' },
  annotations: { [source]: 'hf://org/model', [claim]: 'mine', note: 'b' },
};

describe('the cache of a model', () => {
  const one = cache('one', 'hf://org/model');

  test.each<[what: string, uri: string, sourceUri: string]>([
    ['holds it', 'hf://org/model', 'hf://org/model'],
    ['is written with a slash at its end', 'hf://org/model', 'hf://org/model/'],
    ['holds what it lies in', 's3://bucket/models/a/b', 's3://bucket/models'],
    ['holds what it lies in, with a slash at its end', 's3://bucket/models/a', 's3://bucket/models/'],
  ])('is chosen that %s', (_what, uri, sourceUri) => {
    const result = withLocalModel(service({}, uri), caches([cache('c', sourceUri)]));
    expect(result).toEqual(service(marks('c', 'gpus', sourceUri), uri));
  });

  test.each<[what: string, uri: string, sourceUri: string]>([
    ['holds a model whose name begins alike', 'hf://org/model-2', 'hf://org/model'],
    ['holds a part of it', 's3://bucket/models', 's3://bucket/models/a'],
    ['says no model', 'hf://org/model', ''],
    ['says nothing but a slash', '/model', '/'],
  ])('is not chosen that %s', (_what, uri, sourceUri) => {
    const plain = service({}, uri);
    expect(withLocalModel(plain, caches([cache('c', sourceUri)]))).toBe(plain);
  });

  test('is one of the namespace rather than of the cluster, and then names it', () => {
    const { labels, annotations } = marks('own', 'gpus', 'hf://org');
    const expected = service({
      labels: { ...labels, [namespaceLabel]: 'team' },
      annotations: annotations ?? {},
    });
    const own = cache('own', 'hf://org');
    expect(withLocalModel(service(), caches([one], [own]))).toEqual(expected);
    // One of the namespace that does not match is no reason to look no further.
    const other = cache('own', 'hf://other');
    expect(withLocalModel(expected, caches([one], [other]))).toEqual(
      service(marks('one', 'gpus', 'hf://org/model')),
    );
  });

  test('is the first by name of several', () => {
    const some = ['b', 'a', 'c'].map((name) => cache(name, 'hf://org/model'));
    expect(withLocalModel(service(), caches(some)).metadata.labels).toEqual({ [label]: 'a' });
  });

  test('is on the nodes that the service wants, else on the first that the cache names', () => {
    const groups = cache('groups', 'hf://org/model', ['small', 'large']);
    const claimOf = (metadata: ObjectMeta, some: readonly ModelCache[]) =>
      withLocalModel(service(metadata), caches(some)).metadata.annotations?.[claim];
    expect(claimOf({}, [groups])).toBe('groups-small');
    expect(claimOf({ annotations: { [group]: 'large' } }, [groups])).toBe('groups-large');
    expect(claimOf({ annotations: { [group]: 'gpus' } }, [groups, cache('z', 'hf://org')])).toBe('z-gpus');
    expect(claimOf({ annotations: { [group]: 'huge' } }, [groups])).toBeUndefined();
    expect(claimOf({ annotations: { [group]: '' } }, [groups])).toBeUndefined();
    expect(claimOf({}, [cache('nowhere', 'hf://org/model', [])])).toBeUndefined();
  });

  test('is not looked for where the service has no model of its own', () => {
    const { spec: _spec, ...bare } = service();
    expect(withLocalModel(bare, caches([one]))).toBe(bare);
  });

  test.each(['true', 'false', ''])('is not used by a service that opts out with "%s"', (value) => {
    const annotations = { [disable]: value };
    const marked = marks('one', 'gpus', 'hf://org/model');
    const before = service({ ...marked, annotations: { ...marked.annotations, ...annotations } });
    expect(withLocalModel(before, caches([one]))).toEqual(service({ annotations }));
  });

  test('replaces what a user or an earlier review wrote, and nothing else', () => {
    expect(withLocalModel(service(forged), caches([one]))).toEqual(
      service({
        labels: { [label]: 'one', team: 'a' },
        annotations: { [source]: 'hf://org/model', [claim]: 'one-gpus', note: 'b' },
      }),
    );
    const right = service(marks('one', 'gpus', 'hf://org/model'));
    expect(withLocalModel(right, caches([one]))).toBe(right);
  });
});

test.each<[what: string, models: ModelCaches | 'disabled']>([
  ['no cache holds the model', caches([cache('c', 'hf://org/other')])],
  ['the platform uses none', 'disabled'],
])('where %s, what a user wrote is taken away', (_what, models) => {
  expect(withLocalModel(service(forged), models)).toEqual(
    service({ labels: { team: 'a' }, annotations: { note: 'b' } }),
  );
  const marked = marks('c', 'gpus', 'hf://org/model');
  expect(withLocalModel(service(marked), models)).toEqual(service());
});

test('as long as caches are not known, a service stays as it is', () => {
  const marked = service(forged);
  expect(withLocalModel(marked, 'unknown')).toBe(marked);
});

test.each(['v1alpha1', 'v1alpha2'])(
  '%s: a review names the cache in the version that was written',
  (version) => {
    const apiVersion = `serving.kserve.io/${version}`;
    const object = { ...service(forged), apiVersion };
    const request = {
      operation: 'CREATE' as const,
      kind: { ...servingResources.services, version },
      object,
      oldObject: null,
      dryRun: false,
    };
    const localModels = caches([cache('one', 'hf://org/model')]);
    const spec = { model: { uri: 'hf://org/model', name: 'hello' } };
    const annotations = { [source]: 'hf://org/model', [claim]: 'one-gpus', note: 'b' };
    expect(reviewService(request, { localModels })).toEqual({
      object: { ...service({ labels: { [label]: 'one', team: 'a' }, annotations }), apiVersion, spec },
    });
    expect(reviewService(request)).toEqual({
      object: { ...service({ labels: { team: 'a' }, annotations: { note: 'b' } }), apiVersion, spec },
    });
  },
);
