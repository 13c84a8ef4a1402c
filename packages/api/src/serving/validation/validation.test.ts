import { describe, expect, test } from 'vitest';
import { fieldErrorText } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';
import {
  serviceWarnings,
  unsupportedFields,
  validateConfigSpec,
  validateService,
  validateSpec,
} from './index.ts';

const model = { uri: 'hf://org/model' };
const errorsOf = (spec: unknown, version?: string): string[] =>
  validateSpec(spec as LLMInferenceServiceSpec, version).map(fieldErrorText);

test('a plain service breaks no rule', () => {
  expect(errorsOf({ model, replicas: 0, router: { route: {}, gateway: {}, scheduler: {} } })).toEqual([]);
});

describe('fields that are not built yet', () => {
  test.each(unsupportedFields.map((field) => [field.path]))('spec.%s is refused by name', (path) => {
    const spec = path
      .split('.')
      .reverse()
      .reduce<unknown>((inner, key) => ({ [key]: inner }), {});
    const errors = validateSpec(spec as LLMInferenceServiceSpec);
    expect(errors.map((error) => [error.type, error.path])).toEqual([['Forbidden', `spec.${path}`]]);
    expect(fieldErrorText(errors[0] as never)).toContain('is not built yet in this version');
  });

  test('are refused in a Config as well', () => {
    expect(validateConfigSpec({ worker: {} } as LLMInferenceServiceSpec).map(({ path }) => path)).toEqual([
      'spec.worker',
    ]);
  });
});

describe('the model URI', () => {
  test.each([
    ['org/model', 'no scheme — use hf://, s3://, gs://, pvc://, oci://, file://, https:// or builtin://'],
    ['ftp://host/model', 'unsupported scheme "ftp"'],
    ['hf://', 'names nothing after the scheme'],
  ])('%s is refused', (uri, text) => {
    expect(errorsOf({ model: { uri } })).toEqual([expect.stringContaining(text)]);
  });

  test('may be a template', () => {
    expect(errorsOf({ model: { uri: '{{ .Spec.Base }}' } })).toEqual([]);
  });
});

describe('the router', () => {
  const refs = [{ name: 'r' }];
  const gateways = [{ name: 'edge', namespace: 'infra' }];

  test('own routes exclude an inline route', () => {
    expect(errorsOf({ model, router: { route: { http: { refs, spec: {} } } } })).toEqual([
      expect.stringMatching(/^spec\.router\.route\.http: Invalid value: .*choose one$/),
    ]);
  });

  test('own routes need named gateways', () => {
    expect(errorsOf({ model, router: { gateway: {}, route: { http: { refs } } } })).toEqual([
      expect.stringContaining('custom HTTP routes cannot be used with a managed gateway'),
    ]);
  });

  test('parents may repeat the gateway refs in v1alpha2, with a warning, and never in v1alpha1', () => {
    const spec = {
      model,
      router: { gateway: { refs: gateways }, route: { http: { spec: { parentRefs: gateways } } } },
    };
    expect(errorsOf(spec)).toEqual([]);
    expect(serviceWarnings(spec)).toEqual([expect.stringContaining('can be omitted')]);
    expect(errorsOf(spec, 'v1alpha1')).toEqual([
      expect.stringContaining('cannot be used with custom gateway refs'),
    ]);
    const other = { ...spec, router: { ...spec.router, gateway: { refs: [{ name: 'other' }] } } };
    expect(errorsOf(other)).toEqual([expect.stringContaining('name different gateways')]);
  });
});

describe('the scheduler', () => {
  const errorsOfScheduler = (scheduler: unknown): string[] => errorsOf({ model, router: { scheduler } });

  test.each([
    [
      { replicas: 0 },
      'spec.router.scheduler.replicas: Invalid value: 0: scheduler replicas must be greater than zero',
    ],
    [{ config: {} }, 'spec.router.scheduler.config: Required value: either inline or ref is required'],
    [{ config: { inline: {} } }, 'inline configuration is invalid'],
    [{ config: { ref: {} } }, 'spec.router.scheduler.config.ref.name: Invalid value: "": name is empty'],
    [{ config: { inline: { kind: 'X' }, ref: { name: 'x' } } }, 'both inline and ref are set'],
  ])('%j is refused', (scheduler, text) => {
    expect(errorsOfScheduler(scheduler)).toEqual([expect.stringContaining(text)]);
  });
});

test('every error of a service is reported, not only the first', () => {
  const service = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'x'.repeat(64), namespace: 'demo' },
    spec: { model: { uri: 'none' }, router: { scheduler: { replicas: -1 } } },
  };
  expect(validateService(service).map(({ path }) => path)).toEqual([
    'metadata.name',
    'spec.model.uri',
    'spec.router.scheduler.replicas',
  ]);
});
