import type { ConfigMap } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { parsePlatformConfig } from './platform-config.ts';

const options = { systemNamespace: 'kserve' };

function configMap(data: Record<string, string>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inferenceservice-config' }, data };
}

test('without a ConfigMap the defaults of KServe hold', () => {
  expect(parsePlatformConfig(options, undefined)).toEqual({
    systemNamespace: 'kserve',
    clusterDomain: 'cluster.local',
    configPrefix: 'kserve-',
    pinsConfigNames: true,
    autoscaling: { unsafeSsl: false },
    wildcardHostname: 'inference',
    allowLocalFiles: false,
    validation: 'default',
    kubernetesMinor: undefined,
    ingressGateway: { namespace: 'kserve', name: 'kserve-ingress-gateway' },
    urlScheme: 'http',
    enableTLS: false,
    modelBasedRoutingHeaderName: 'X-Gateway-Model-Name',
    modelBasedRoutingMode: 'enabled',
    storageInitializer: {
      image: 'kserve/storage-initializer:latest',
      cpuRequest: '100m',
      cpuLimit: '1',
      memoryRequest: '100Mi',
      memoryLimit: '1Gi',
    },
    storage: {
      oci: { mode: 'modelcar', cpu: '10m', memory: '15Mi', runAsUser: 1010 },
      credentials: {
        s3: { accessKeyIdName: 'awsAccessKeyID', secretAccessKeyName: 'awsSecretAccessKey', settings: {} },
        gcsFileName: 'gcloud-application-credentials.json',
      },
      caBundle: undefined,
    },
    expirationAnnotations: ['certificates.kserve.io/expiration'],
    storageSecretNameAnnotation: 'serving.kserve.io/storageSecretName',
  });
});

test('the ConfigMap overrides them, and keys of other controllers are left alone', () => {
  const platform = parsePlatformConfig(
    options,
    configMap({
      ingress:
        '{"kserveIngressGateway":"edge","urlScheme":"https","enableLLMInferenceServiceTLS":true,"modelBasedRoutingMode":"FORCED"}',
      storageInitializer: '{"image":"mine:1","memoryLimit":"4Gi","allowHostPath":true}',
      scheduler: '{"expirationAnnotations":["a","b"]}',
      deploy: 'not json',
    }),
  );
  expect(platform).toMatchObject({
    ingressGateway: { namespace: 'kserve', name: 'edge' },
    allowLocalFiles: true,
    urlScheme: 'https',
    enableTLS: true,
    modelBasedRoutingMode: 'forced',
    storageInitializer: { image: 'mine:1', memoryLimit: '4Gi', cpuLimit: '1' },
    expirationAnnotations: ['a', 'b'],
  });
});

test.each([
  [{ ingress: '{' }, 'key ingress: not a JSON object'],
  [{ storageInitializer: '[]' }, 'key storageInitializer: not a JSON object'],
  [{ ingress: '{"kserveIngressGateway":"a/b/c"}' }, 'kserveIngressGateway "a/b/c" is not namespace/name'],
  [
    { storageInitializer: '{"memoryLimit":"4Gx"}' },
    'failed to load ingress config: ConfigMap inferenceservice-config, key storageInitializer: memoryLimit: "4Gx" is not a quantity — write one such as "1Gi"',
  ],
  [
    { storageInitializer: '{"cpuLimit":2}' },
    'cpuLimit: 2 is not a quantity — write one in quotes, such as "1"',
  ],
  [{ storageInitializer: '{"cpuModelcar":"ten"}' }, 'cpuModelcar: "ten" is not a quantity'],
  [
    { ingress: '{"enableLLMInferenceServiceTLS":"true"}' },
    'key ingress: enableLLMInferenceServiceTLS: "true" is not true or false — write it without quotes',
  ],
  [{ ingress: '{"urlScheme":1}' }, 'urlScheme: 1 is not a text — put it in quotes'],
  [{ storageInitializer: '{"uidModelcar":"1010"}' }, 'uidModelcar: "1010" is not a number'],
  [{ scheduler: '{"expirationAnnotations":"a"}' }, 'expirationAnnotations: "a" is not a list of texts'],
  [{ credentials: '{"s3":{"s3Region":1}}' }, 'key credentials: s3.s3Region: 1 is not a text'],
  [{ credentials: '{"s3":[]}' }, 's3: [] is not an object'],
])('%j is refused with its key', (data, text) => {
  expect(() => parsePlatformConfig(options, configMap(data))).toThrow(text);
});
