import type { LLMInferenceService, LLMInferenceServiceConfig } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { computeConfigStatus } from './config-status.ts';
import { changedConfigs, gatheringMs } from './index.ts';
import { configKeys, sortedKeys } from './referenced-by.ts';

const apiVersion = 'serving.kserve.io/v1alpha2';
const std: LLMInferenceServiceConfig = {
  apiVersion,
  kind: 'LLMInferenceServiceConfig',
  metadata: { namespace: 'demo', name: 'std', generation: 2 },
  spec: {},
};

function service(name: string, more: Pick<LLMInferenceService, 'spec' | 'status'> = {}): LLMInferenceService {
  return { apiVersion, kind: 'LLMInferenceService', metadata: { namespace: 'demo', name }, ...more };
}

const byRef = service('b', { spec: { baseRefs: [{ name: 'std' }] } });
const applied = service('a', {
  status: { appliedConfigs: [{ name: 'std', namespace: 'demo', source: 'UserRef' }] },
});
const shadowed = service('c', {
  spec: { baseRefs: [{ name: 'std' }] },
  status: { appliedConfigs: [{ name: 'std', namespace: 'kserve', source: 'UserRef' }] },
});
const byPin = service('d', { status: { annotations: { 'serving.kserve.io/config-llm-template': 'std' } } });

test('a Config is used by services that applied it, or would', () => {
  const users = [shadowed, byPin, byRef, applied, service('e')].filter((one) =>
    configKeys(one, 'kserve').includes('demo/std'),
  );
  expect(sortedKeys(users)).toEqual([
    { namespace: 'demo', name: 'a' },
    { namespace: 'demo', name: 'b' },
    { namespace: 'demo', name: 'd' },
  ]);
});

test('the status names the users; without any it has no list', () => {
  const users = [{ namespace: 'demo', name: 'a' }];
  const used = computeConfigStatus(std, users, '2026-01-01T00:00:00Z');
  expect(used).toMatchObject({
    observedGeneration: 2,
    referencedBy: [{ name: 'a', namespace: 'demo' }],
    conditions: [
      { type: 'ConfigInUse', status: 'True', reason: 'InUse' },
      { type: 'Ready', status: 'True' },
    ],
  });
  const unused = computeConfigStatus({ ...std, status: used }, [], '2026-01-02T00:00:00Z');
  expect(unused).toEqual({
    observedGeneration: 2,
    conditions: [
      {
        type: 'ConfigInUse',
        status: 'False',
        reason: 'NotInUse',
        message: 'not referenced by any LLMInferenceService',
        severity: 'Info',
        lastTransitionTime: '2026-01-02T00:00:00Z',
        observedGeneration: 2,
      },
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 },
    ],
  });
});

test('a deletion that waits says for whom', () => {
  const leaving = { ...std, metadata: { ...std.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const { conditions } = computeConfigStatus(leaving, [{ namespace: 'demo', name: 'a' }], 'now');
  expect(conditions?.[0]).toMatchObject({
    reason: 'DeletionBlocked',
    message:
      'deletion waits: referenced by 1 LLMInferenceService(s) (demo/a) — remove the reference from their spec.baseRefs',
  });
});

test('only Configs that a service begins or ceases to use are looked at again', () => {
  const both = ['demo/std', 'kserve/std'];
  const keys = (change: Parameters<typeof changedConfigs>[0]): string[] => [
    ...new Set(changedConfigs(change, 'kserve').map(({ namespace, name }) => `${namespace}/${name}`)),
  ];
  expect(keys({ type: 'added', object: byRef, previous: undefined })).toEqual(both);
  expect(keys({ type: 'updated', object: byRef, previous: byRef })).toEqual([]);
  expect(keys({ type: 'updated', object: service('b'), previous: byRef })).toEqual(both);
  expect(keys({ type: 'deleted', object: byRef, previous: byRef })).toEqual(both);
});

test('the more users a Config has, the longer their changes are gathered', () => {
  expect([0, 100, 100_000].map(gatheringMs)).toEqual([300, 800, 5000]);
});
