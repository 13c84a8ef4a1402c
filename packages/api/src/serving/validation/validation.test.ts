import { describe, expect, test } from 'vitest';
import { fieldErrorText } from '../../meta/index.ts';
import { ruleWarnings, validateConfigSpec } from './index.ts';
import { containing, errorsOf, workers } from './testing.ts';

describe('adapters', () => {
  const errorsOfAdapters = (adapters: unknown): string[] =>
    errorsOf({ model: { name: 'base', lora: { adapters } } });
  const path = 'spec.model.lora.adapters';

  test.each<[unknown, string[]]>([
    [[{ uri: 'hf://a/b' }], [`Required ${path}[0].name adapter name is required`]],
    [[{ name: '..' }], [`Invalid ${path}[0].name adapter name must not include "." or ".."`]],
    [[{ name: 'a' }, { name: 'a' }], [`Invalid ${path}[1].name duplicate name (same as adapters[0])`]],
    [[{ name: 'base' }], [`Invalid ${path}[0].name adapter name must differ from base model name "base"`]],
    ['text', [`TypeInvalid ${path} must be a list of models`]],
    [
      [1, { name: 1 }],
      [
        `TypeInvalid ${path}[0] must be an object`,
        `TypeInvalid ${path}[1].name must be a string`,
        `Required ${path}[1].name adapter name is required`,
      ],
    ],
  ])('%j', (adapters, expected) => {
    expect(errorsOfAdapters(adapters)).toEqual(containing(...expected));
  });

  test('the name of the service is that of the model when it has none', () => {
    const spec = { model: { uri: 'hf://a/b', lora: { adapters: [{ name: 'x' }] } } };
    expect(errorsOf(spec)).toEqual(containing('must differ from base model name "x"'));
  });
});

describe('device claims', () => {
  const key = (name: string): string => `serving.kserve.io/exp-dra-${name}`;
  const at = (name: string): string => `metadata.annotations[${key(name)}]`;
  test.each<[Record<string, string>, string[]]>([
    [{ 'device-count': '1' }, [`Required ${at('device-class')}`]],
    [{ 'device-class': ' ' }, [`Invalid ${at('device-class')} device class must not be empty`]],
    [{ 'device-class': 'GPU' }, [`Invalid ${at('device-class')} device class must be a DNS subdomain`]],
    [{ 'device-class': 'gpu', 'device-count': '0' }, [`Invalid ${at('device-count')}`]],
    [{ 'device-class': 'gpu', 'device-count': 'two' }, [`Invalid ${at('device-count')}`]],
    [
      { 'device-class': 'gpu', 'cel-selector': ' \n ' },
      [`Invalid ${at('cel-selector')} cel selector must contain`],
    ],
    [
      { 'device-class': 'gpu', 'container-name': 'a.b' },
      [`Invalid ${at('container-name')} container name must be a DNS label`],
    ],
    [{ 'device-class': 'gpu.example', 'device-count': ' 2 ', 'container-name': 'main' }, []],
  ])('%j', (annotations, expected) => {
    const metadata = {
      annotations: Object.fromEntries(Object.entries(annotations).map(([name, value]) => [key(name), value])),
    };
    expect(errorsOf({}, { metadata })).toEqual(containing(...expected));
  });
});

test('a key of confidential weights is a resource of the key broker', () => {
  const model = (resourceId: string, uri = 'hf://a/b') => ({
    uri,
    confidential: { enabled: true, resourceId },
  });
  expect(errorsOf({ model: model('kbs:///a/b/c') })).toEqual([]);
  expect(errorsOf({ model: model('kbs://a/b') })).toEqual(
    containing('Invalid spec.model.confidential.resourceId must be in the format kbs:///<repo>/<type>/<tag>'),
  );
  expect(ruleWarnings({ model: model('kbs:///a/b/c', 'oci://a') })).toEqual(
    containing('no effect with OCI URIs'),
  );
  expect(ruleWarnings({ model: model('kbs:///a/b/c', 'pvc://a') })).toEqual(
    containing('no effect with PVC URIs'),
  );
});

test('a Config names no other Config, and is otherwise a part of anything', () => {
  expect(validateConfigSpec({ baseRefs: [{ name: 'x' }] }).map(fieldErrorText)).toEqual(
    containing('spec.baseRefs: Forbidden: baseRefs is not a permitted field'),
  );
  expect(validateConfigSpec({ worker: workers, router: { scheduler: { config: {} } } })).toEqual([]);
  expect(validateConfigSpec({ router: { scheduler: { replicas: -1 } } }).map(({ path }) => path)).toEqual([
    'spec.router.scheduler.replicas',
  ]);
});

test('every error of a service is reported, in a fixed order', () => {
  const spec = {
    worker: workers,
    replicas: 1,
    scaling: { maxReplicas: 1 },
    router: { route: { group: 'g' }, scheduler: { replicas: 0 } },
  };
  expect(errorsOf(spec).map((line) => line.split(' ')[1])).toEqual([
    'spec.router.route.weight',
    'spec.worker',
    'spec.router.scheduler.replicas',
    'spec.scaling',
    'spec.scaling',
  ]);
});
