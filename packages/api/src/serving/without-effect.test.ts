import { expect, test } from 'vitest';
import type { LLMInferenceServiceSpec } from './types.ts';
import { fieldsWithoutEffect } from './without-effect.ts';

const paths = (spec: unknown, annotations: Record<string, string> = {}): string[] =>
  fieldsWithoutEffect(spec as LLMInferenceServiceSpec, { annotations }).map(({ path }) => path);
const scheduler = { router: { scheduler: {} } };

test('a plain service has none', () => {
  expect(paths({ model: { uri: 'hf://a/b' }, replicas: 1, ...scheduler })).toEqual([]);
});

test('prefill and criticality need an endpoint picker', () => {
  const criticality = { 'weir.dev/criticality': 'Critical' };
  const fields = { 'internal.serving.kserve.io/model-criticality': 'Critical' };
  expect(paths({ prefill: {} })).toEqual(['spec.prefill']);
  expect(paths({ model: {} }, criticality)).toEqual(['metadata.annotations[weir.dev/criticality]']);
  expect(paths({ model: {} }, fields)).toEqual(['spec.model.criticality']);
  expect(paths({ model: {}, ...scheduler }, { ...criticality, ...fields })).toEqual([]);
});

test('annotations that nothing carries out are named, unless they ask for what happens anyway', () => {
  const annotations = {
    'weir.dev/rollback': 'auto',
    'weir.dev/drain-timeout': '10m',
    'weir.dev/picker': 'embedded',
    'weir.dev/spare-check': 'off',
    'other.dev/rollback': 'auto',
  };
  expect(paths({}, annotations)).toEqual([
    'metadata.annotations[weir.dev/rollback]',
    'metadata.annotations[weir.dev/drain-timeout]',
  ]);
  expect(paths({}, { 'weir.dev/rollback': 'off', 'weir.dev/constructor': 'x' })).toEqual([]);
});

test('fields of routes that most clusters cut off are named', () => {
  const rules = [
    { retry: { attempts: 2 }, filters: [{ type: 'ExternalAuth', externalAuth: {} }] },
    { sessionPersistence: {}, backendRefs: [] },
  ];
  const spec = { rules, useDefaultGateways: 'All' };
  expect(paths({ router: { route: { http: { spec } } } })).toEqual([
    'spec.router.route.http.spec.useDefaultGateways',
    'spec.router.route.http.spec.rules[0].retry',
    'spec.router.route.http.spec.rules[0].filters[0].externalAuth',
    'spec.router.route.http.spec.rules[1].sessionPersistence',
  ]);
});

test('data-parallel ranks need pods that hold them', () => {
  const parallelism = { data: 5, dataLocal: 2 };
  expect(paths({ parallelism })).toEqual([]);
  expect(paths({ parallelism, worker: {} })).toContain('spec.parallelism.data');
});

test('a pool of somebody else brings its own picker', () => {
  const pool = { ref: { name: 'shared' }, spec: {} };
  expect(paths({ router: { scheduler: { pool, replicas: 2, config: {} } } })).toEqual(
    expect.arrayContaining([
      'spec.router.scheduler.replicas',
      'spec.router.scheduler.config',
      'spec.router.scheduler.pool.spec',
    ]),
  );
});

test('what stands in a part without effect is not listed again', () => {
  const found = paths({ prefill: { parallelism: { data: 5, dataLocal: 2 }, worker: {} } });
  expect(found).toEqual(['spec.prefill']);
});
