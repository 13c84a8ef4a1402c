import { describe, expect, test } from 'vitest';
import type { AdmissionRequest, KubeObject } from '../meta/index.ts';
import { reviewConfig, reviewService } from './review.ts';
import { servingResources } from './types.ts';

function request(object: unknown, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
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

test.each(['v1alpha1', 'v1alpha2'])(
  '%s: a pod spec that leaves its containers to a preset says so',
  (version) => {
    const pod = { serviceAccountName: 'runner' };
    const spec = {
      model: { uri: 'hf://a/b', name: 'x' },
      parallelism: { pipeline: 2 },
      template: pod,
      worker: pod,
      prefill: { template: pod, worker: pod, parallelism: { pipeline: 2 } },
      router: { scheduler: { template: pod, tokenizer: { template: pod } } },
    };
    const full = { ...pod, containers: [] };
    expect(reviewService(request(service(version, spec))).object).toEqual(
      service(version, {
        ...spec,
        template: full,
        worker: full,
        prefill: { ...spec.prefill, template: full, worker: full },
        router: { scheduler: { template: full, tokenizer: { template: pod } } },
      }),
    );
  },
);

test('the rules are those of the version that was written, whatever version the object is shown in', () => {
  const edge = [{ name: 'edge', namespace: 'infra' }];
  const router = { gateway: { refs: edge }, route: { http: { spec: { parentRefs: edge } } } };
  const shown = service('v1alpha2', { model: { uri: 'hf://a/b' }, router });
  const strict = reviewService(request(shown, { writtenVersion: 'v1alpha1' }));
  expect(strict.errors).toMatchObject([{ path: 'spec.router.route.http.spec' }]);
  expect(strict).not.toHaveProperty('warnings');
  const { errors, object } = reviewService(request(shown, { writtenVersion: 'v1alpha2' }));
  expect([errors, object?.apiVersion]).toEqual([undefined, 'serving.kserve.io/v1alpha2']);
});

test('a typed name stays, and nothing is returned that did not change', () => {
  expect(reviewService(request(service('v1alpha2', { model: { uri: 'hf://a/b', name: 'x' } })))).toEqual({});
});

test('a broken rule refuses the object with its field', () => {
  const adapters = [{ name: 'a', uri: 'hf://a/b', criticality: 'High' }];
  const model = { uri: 'hf://a/b', lora: { adapters } };
  const result = reviewService(request(service('v1alpha1', { model, replicas: 1, worker: {} })));
  expect(result.errors?.map(({ type, path }) => [type, path])).toEqual([
    ['Invalid', 'spec.worker'],
    ['NotSupported', 'spec.model.lora.adapters[0].criticality'],
  ]);
});

describe('the level of validation', () => {
  const spec = { model: { uri: 'ftp://host/m', name: 'm' } };
  const text = 'spec.model.uri: Invalid value: "ftp://host/m": unsupported scheme "ftp"';
  const annotated = (level: string) =>
    service('v1alpha2', spec, { annotations: { 'weir.dev/validation': level } });
  const defects = [
    { level: 'warning' as const, error: { type: 'Invalid' as const, path: 'a', detail: 'b' } },
  ];

  test('kserve turns our refusals into warnings, not those of KServe', () => {
    const warned = { warnings: [expect.stringContaining(text)] };
    expect(reviewService(request(annotated('kserve')))).toEqual(warned);
    expect(reviewService(request(service('v1alpha2', spec)), { validation: 'kserve' })).toEqual(warned);
    const broken = service('v1alpha2', { ...spec, worker: {} });
    expect(reviewService(request(broken), { validation: 'kserve' }).errors).toMatchObject([
      { path: 'spec.worker' },
    ]);
  });

  test('the annotation wins over the setting of the platform, and has two values', () => {
    expect(reviewService(request(annotated('strict')), { validation: 'kserve' }).errors).toHaveLength(1);
    expect(reviewService(request(annotated('loose'))).errors).toMatchObject([
      { type: 'NotSupported', path: 'metadata.annotations[weir.dev/validation]' },
      { path: 'spec.model.uri' },
    ]);
  });

  test('checks of other packages are told the level, and count like ours', () => {
    const levels: string[] = [];
    const more = (_spec: unknown, level: string) => {
      levels.push(level);
      return defects;
    };
    const plain = service('v1alpha2', { model: { uri: 'hf://a/b', name: 'm' } });
    expect(reviewService(request(plain), { more })).toEqual({ warnings: ['a: b'] });
    expect(levels).toEqual(['default']);
  });
});

describe('an update', () => {
  const old = service('v1alpha2', { model: { uri: 'ftp://host/m', name: 'm' }, replicas: 1 });
  const update = (spec: unknown) =>
    reviewService(request(service('v1alpha2', spec), { operation: 'UPDATE', oldObject: old as KubeObject }));

  test('is not blocked by what our rules find in fields that stay', () => {
    expect(update({ model: { uri: 'ftp://host/m', name: 'm' }, replicas: 2 })).toEqual({
      warnings: [expect.stringContaining('unsupported scheme "ftp"')],
    });
  });

  test('is blocked by new defects, and by those of KServe', () => {
    expect(update({ model: { uri: 'gopher://host/m', name: 'm' } }).errors).toHaveLength(1);
    expect(update({ model: { uri: 'ftp://host/m', name: 'm' }, worker: {} }).errors).toHaveLength(1);
  });

  test('keeps the size of groups', () => {
    const result = update({ model: { uri: 'hf://a/b', name: 'm' }, parallelism: { pipeline: 2 } });
    expect(result.errors).toMatchObject([{ type: 'NotSupported', path: 'spec.parallelism' }]);
  });
});

test('what nothing carries out is accepted and named', () => {
  const spec = { model: { uri: 'hf://a/b', name: 'm' }, suspend: true };
  expect(reviewService(request(service('v1alpha2', spec)))).toEqual({
    warnings: ['spec.suspend: has no effect: suspending is not built yet in this version'],
  });
});

test('the label of a routing group follows the spec', () => {
  const label = 'serving.kserve.io/routing-group';
  const model = { uri: 'hf://a/b', name: 'm' };
  const route = { group: 'chat', weight: 1 };
  const result = reviewService(request(service('v1alpha2', { model, router: { route } })));
  expect(result.object?.metadata.labels).toEqual({ [label]: 'chat' });
  const stale = service('v1alpha2', { model }, { labels: { [label]: 'chat', a: 'b' } });
  expect(reviewService(request(stale)).object?.metadata.labels).toEqual({ a: 'b' });
});

test('deletions, and objects on their way out, are never held up', () => {
  const broken = service('v1alpha2', { worker: {} }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(reviewService(request(broken, { operation: 'UPDATE' }))).toEqual({});
  expect(reviewService(request(null, { operation: 'DELETE' }))).toEqual({});
  expect(reviewConfig(request(null, { operation: 'DELETE' }))).toEqual({});
});

test('a Config names no other Config', () => {
  const config = {
    ...(service('v1alpha2', { baseRefs: [{ name: 'x' }] }) as object),
    kind: 'LLMInferenceServiceConfig',
  };
  expect(reviewConfig(request(config, { kind: servingResources.configs })).errors).toMatchObject([
    { type: 'Forbidden', path: 'spec.baseRefs', detail: expect.stringContaining('recursive refs') },
  ]);
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
