import { expect, test } from 'vitest';
import { parseValidationLevel, servingSettings } from './serving-settings.ts';

test('the variables of KServe say how presets are called, pinned and protected', () => {
  expect(servingSettings({})).toEqual({
    configPrefix: 'kserve-',
    pinsConfigNames: true,
    preventsDeletion: true,
  });
  const env = {
    LLM_INFERENCE_SERVICE_CONFIG_PREFIX: 'v0-21-kserve-',
    LLM_INFERENCE_SERVICE_VERSIONED_CONFIG: 'false',
    PREVENT_WELL_KNOWN_CONFIG_DELETION: 'false',
  };
  expect(servingSettings(env)).toEqual({
    configPrefix: 'v0-21-kserve-',
    pinsConfigNames: false,
    preventsDeletion: false,
  });
});

test('a level of validation that nobody knows is refused by name', () => {
  expect(['default', 'strict', 'kserve'].map(parseValidationLevel)).toEqual(['default', 'strict', 'kserve']);
  expect(() => parseValidationLevel('lax')).toThrow('--validation: "lax" is none of default, strict, kserve');
});
