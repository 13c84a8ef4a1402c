import type { InferencePool } from '@weir/api/inference';
import type { Deployment, Service } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { findPickerConfig } from './picker-config.ts';

const pool: InferencePool = {
  apiVersion: 'inference.networking.k8s.io/v1',
  kind: 'InferencePool',
  metadata: { name: 'pool', namespace: 'demo' },
  spec: {
    selector: { matchLabels: { app: 'm' } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: 'epp', port: { number: 9002 } },
  },
};

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'epp', namespace: 'demo' },
  spec: { selector: { app: 'epp' }, ports: [{ port: 9002 }] },
};

function deployment(args: string[], more: object = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'epp', namespace: 'demo' },
    spec: {
      selector: {},
      template: {
        metadata: { labels: { app: 'epp', more: 'x' } },
        spec: { containers: [{ name: 'tokenizer' }, { name: 'main', args, ...more }] },
      },
    },
  };
}

const find = (deployments: readonly Deployment[], found: Service | undefined = service) =>
  findPickerConfig(pool, () => found, deployments);

test('the text is read from the arguments of container main, in every spelling', () => {
  for (const args of [
    ['--pool-name', 'pool', '--config-text', 'kind: X\na: b'],
    ['--config-text=kind: X\na: b'],
    ['-config-text', 'old', '--config-text', 'kind: X\na: b'],
  ]) {
    expect(find([deployment(args)])).toEqual({ type: 'text', text: 'kind: X\na: b' });
  }
});

test('a file is found in the ConfigMap that is mounted there', () => {
  const withVolume = deployment(['--config-file', '/etc/epp/config.yaml'], {
    volumeMounts: [{ name: 'config', mountPath: '/etc/epp' }],
  });
  const pod = withVolume.spec?.template.spec;
  if (pod !== undefined) pod.volumes = [{ name: 'config', configMap: { name: 'cm' } }];
  expect(find([withVolume])).toEqual({
    type: 'config-map',
    key: { namespace: 'demo', name: 'cm' },
    entry: 'config.yaml',
  });
  if (pod !== undefined) {
    pod.volumes = [{ name: 'config', configMap: { name: 'cm', items: [{ key: 'k', path: 'config.yaml' }] } }];
  }
  expect(find([withVolume])).toMatchObject({ entry: 'k' });
});

test('without a Service, a Deployment behind it or a configuration the default is used', () => {
  expect(findPickerConfig(pool, () => undefined, [deployment(['--config-text', 'x'])])).toEqual({
    type: 'default',
  });
  expect(find([])).toEqual({ type: 'default' });
  expect(find([deployment([])])).toEqual({ type: 'default' });
});
