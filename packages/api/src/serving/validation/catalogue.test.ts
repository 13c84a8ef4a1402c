import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  type AdmissionRequest,
  type AdmissionResult,
  fieldErrorText,
  type KubeObject,
} from '../../meta/index.ts';
import { reviewConfig, reviewService } from '../review.ts';
import { servingResources } from '../types.ts';

interface Row {
  readonly rule: number;
  readonly what: string;
  readonly spec?: object;
  readonly workload?: object;
  readonly old?: object;
  readonly annotations?: Record<string, string>;
  readonly only?: string;
  readonly errors: readonly string[];
  readonly warnings?: readonly string[];
}

const rows = parse(readFileSync(new URL('catalogue.yaml', import.meta.url), 'utf8')) as readonly Row[];
const cases = rows.flatMap((row) =>
  (row.workload === undefined ? ['spec'] : ['spec', 'spec.prefill']).map((at) => ({ ...row, at })),
);

test('every rule of the catalogue has a row', () => {
  expect([...new Set(rows.map(({ rule }) => rule))]).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});

describe.each(['v1alpha1', 'v1alpha2'])('written in %s', (version) => {
  const known = cases.filter(({ only = version }) => only === version);

  test.each(known)('rule $rule, $what, at $at', (row) => {
    const { errors = [], warnings = [] } = review(version, row);
    const beginsWith = (texts: readonly string[] = []): unknown[] =>
      texts.map((text) => expect.stringMatching(beginning(text.replace('@', row.at))));
    expect(errors.map(fieldErrorText)).toEqual(beginsWith(row.errors));
    if (row.warnings !== undefined) expect(warnings).toEqual(beginsWith(row.warnings));
  });

  test('an object on its way out may say anything', () => {
    const leaving = serviceOf(version, { worker: {} }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(reviewService(request('UPDATE', leaving, leaving))).toEqual({});
  });

  test('a Config is held to its own rules alone', () => {
    const config = (spec: object): AdmissionResult =>
      reviewConfig(request('CREATE', { ...serviceOf(version, spec), kind: 'LLMInferenceServiceConfig' }));
    const errorsOf = (spec: object): string[] => (config(spec).errors ?? []).map(fieldErrorText);
    expect(errorsOf({ baseRefs: [{ name: 'x' }] })).toEqual([
      expect.stringMatching(/^spec\.baseRefs: Forbidden: .*recursive refs has been disabled/),
    ]);
    expect(errorsOf({ router: { scheduler: { replicas: 0 } } })).toEqual([
      'spec.router.scheduler.replicas: Invalid value: 0: scheduler replicas must be greater than zero',
    ]);
    expect(errorsOf({ worker: {}, replicas: 1, scaling: { maxReplicas: 1 } })).toEqual([]);
  });
});

function review(
  version: string,
  { at, spec, workload, old, annotations = {} }: (typeof cases)[number],
): AdmissionResult {
  const specOf = (part: object = {}): object => ({ ...(at === 'spec' ? part : { prefill: part }), ...spec });
  const object = serviceOf(version, specOf(workload), { annotations });
  const before = old === undefined ? null : serviceOf(version, specOf(old));
  return reviewService(request(before === null ? 'CREATE' : 'UPDATE', object, before));
}

function serviceOf(version: string, spec: object, metadata: KubeObject['metadata'] = {}): KubeObject {
  return {
    apiVersion: `serving.kserve.io/${version}`,
    kind: 'LLMInferenceService',
    metadata: { name: 'x', ...metadata },
    spec: { model: { uri: 'hf://a/b' }, ...spec },
  } as KubeObject;
}

function request(
  operation: AdmissionRequest['operation'],
  object: KubeObject,
  oldObject: KubeObject | null = null,
): AdmissionRequest {
  return { operation, kind: servingResources.services, object, oldObject, dryRun: false };
}

function beginning(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`);
}
