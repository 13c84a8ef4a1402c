import { expect, test } from 'vitest';
import { parseValidationLevel, servingSettings } from './serving-settings.ts';

test('the variables of KServe say how presets are called, pinned and protected', () => {
  expect(servingSettings({}, '')).toEqual({
    configPrefix: 'kserve-',
    pinsConfigNames: true,
    preventsDeletion: true,
    wildcardHostname: 'inference',
    clusterDomain: 'cluster.local',
  });
  const env = {
    LLM_INFERENCE_SERVICE_CONFIG_PREFIX: 'v0-21-kserve-',
    LLM_INFERENCE_SERVICE_VERSIONED_CONFIG: 'false',
    PREVENT_WELL_KNOWN_CONFIG_DELETION: 'false',
    GATEWAY_API_WILDCARD_HOSTNAME: 'models',
    CLUSTER_DOMAIN: 'corp.example',
  };
  expect(servingSettings(env, 'nameserver 10.0.0.10\nsearch lan\n')).toEqual({
    configPrefix: 'v0-21-kserve-',
    pinsConfigNames: false,
    preventsDeletion: false,
    wildcardHostname: 'models',
    clusterDomain: 'corp.example',
  });
});

test('a pod knows the domain of its cluster from how it looks names up', () => {
  const resolvConf = 'search kserve.svc.k8s.example svc.k8s.example k8s.example\nnameserver 10.0.0.10\n';
  expect(servingSettings({ CLUSTER_DOMAIN: 'other' }, resolvConf).clusterDomain).toBe('k8s.example');
});

test('a level of validation that nobody knows is refused by name', () => {
  expect(['default', 'strict', 'kserve'].map(parseValidationLevel)).toEqual(['default', 'strict', 'kserve']);
  expect(() => parseValidationLevel('lax')).toThrow('--validation: "lax" is none of default, strict, kserve');
});
