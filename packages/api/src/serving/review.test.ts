import { expect, test } from 'vitest';
import type { KubeObject } from '../meta/index.ts';
import { type ReviewRequest, reviewConfig, reviewService } from './review.ts';
import { servingResources } from './types.ts';

function request(object: unknown, more: Partial<ReviewRequest> = {}): ReviewRequest {
  return {
    operation: 'CREATE',
    kind: servingResources.services,
    object: object as KubeObject,
    oldObject: null,
    dryRun: false,
    ...more,
  };
}

function service(version: string, spec: unknown, metadata: KubeObject['metadata'] = {}): unknown {
  return {
    apiVersion: `serving.kserve.io/${version}`,
    kind: 'LLMInferenceService',
    metadata: { name: 'hello', ...metadata },
    spec,
  };
}

test.each(['v1alpha1', 'v1alpha2'])('%s: the model gets the name of the service', (version) => {
  const result = reviewService(request(service(version, { model: { uri: 'hf://a/b' } })));
  expect(result).toEqual({ object: service(version, { model: { uri: 'hf://a/b', name: 'hello' } }) });
});

test('a typed name stays, and nothing is returned that did not change', () => {
  expect(reviewService(request(service('v1alpha2', { model: { uri: 'hf://a/b', name: 'x' } })))).toEqual({});
});

test('a broken rule refuses the object with its field', () => {
  const result = reviewService(
    request(service('v1alpha1', { model: { uri: 'hf://a/b', criticality: 'Critical' } })),
  );
  expect(result.errors?.map(({ type, path }) => [type, path])).toEqual([
    ['Forbidden', 'spec.model.criticality'],
  ]);
});

test('deletions, and objects on their way out, are never held up', () => {
  const broken = service('v1alpha2', { prefill: {} }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(reviewService(request(broken, { operation: 'UPDATE' }))).toEqual({});
  expect(reviewService(request(null, { operation: 'DELETE' }))).toEqual({});
  expect(reviewConfig(request(null, { operation: 'DELETE' }))).toEqual({});
});

test('a Config names no other Config', () => {
  const config = {
    ...(service('v1alpha2', { baseRefs: [{ name: 'x' }] }) as object),
    kind: 'LLMInferenceServiceConfig',
  };
  expect(reviewConfig(request(config, { kind: servingResources.configs })).forbidden).toContain(
    'recursive refs are disabled',
  );
});

test('a Config needs no model and may be a part of anything', () => {
  const config = {
    ...(service('v1alpha2', {
      model: { name: '{{ .Name }}' },
      router: { scheduler: { config: {} } },
    }) as object),
  };
  expect(reviewConfig(request(config, { kind: servingResources.configs }))).toEqual({});
});
