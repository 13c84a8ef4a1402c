import { type LLMInferenceServiceConfig, servingResources } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { createProtection } from './protection.ts';

const preset = (namespace: string, name: string, image = 'a'): LLMInferenceServiceConfig => ({
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceServiceConfig',
  metadata: { namespace, name },
  spec: { template: { containers: [{ name: 'main', image }] } },
});
const template = preset('kserve', 'kserve-config-llm-template');

function review(
  operation: 'UPDATE' | 'DELETE',
  object: LLMInferenceServiceConfig | null,
  oldObject: LLMInferenceServiceConfig,
  more: { preventsDeletion?: boolean; configPrefix?: string } = {},
) {
  const protect = createProtection({ systemNamespace: 'kserve', ...more });
  return protect({ operation, kind: servingResources.configs, object, oldObject, dryRun: false });
}

test('a preset of the system namespace cannot be deleted', () => {
  expect(review('DELETE', null, template)).toEqual({
    forbidden:
      'well-known config kserve/kserve-config-llm-template cannot be deleted — services are composed with it',
  });
});

test('where deletion is allowed it is warned about', () => {
  expect(review('DELETE', null, template, { preventsDeletion: false })).toEqual({
    warnings: ['deleting well-known config kserve/kserve-config-llm-template is not recommended'],
  });
});

test('a preset of another namespace or prefix, and any other Config, may go', () => {
  expect(review('DELETE', null, preset('demo', 'kserve-config-llm-template'))).toEqual({});
  expect(review('DELETE', null, preset('kserve', 'std'))).toEqual({});
  expect(review('DELETE', null, template, { configPrefix: 'v2-kserve-' })).toEqual({});
});

test('a changed preset warns, a relabelled one does not', () => {
  const changed = preset('demo', 'kserve-config-llm-template', 'b');
  const old = preset('demo', 'kserve-config-llm-template');
  expect(review('UPDATE', changed, old)).toEqual({
    warnings: [
      'modifying well-known config demo/kserve-config-llm-template is not recommended. Consider creating a custom ' +
        'config instead — this change rolls every service that uses it',
    ],
  });
  const relabelled = { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } };
  expect(review('UPDATE', relabelled, old)).toEqual({});
});
