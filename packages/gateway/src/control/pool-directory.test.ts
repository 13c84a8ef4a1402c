import { resources } from '@weir/api/meta';
import { createPicker } from '@weir/epp';
import { expect, test, vi } from 'vitest';
import { putPool, putRoute } from '../testing/cluster.ts';
import type { FakeApi } from '../testing/fake-api.ts';
import { useTestScope } from '../testing/scope.ts';

const scope = useTestScope();

function config(plugin: string): string {
  return JSON.stringify({
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    plugins: [{ type: plugin }, { type: 'max-score-picker' }, { type: 'single-profile-handler' }],
    schedulingProfiles: [
      { name: 'default', plugins: [{ pluginRef: plugin }, { pluginRef: 'max-score-picker' }] },
    ],
  });
}

/** The picker's Deployment as the controller makes it, with the configuration in a mounted ConfigMap. */
function putPicker(api: FakeApi): void {
  api.put(resources.services, {
    metadata: { name: 'pool-epp', namespace: 'demo' },
    spec: { selector: { app: 'epp' }, ports: [{ port: 9002 }] },
  });
  api.put(resources.deployments, {
    metadata: { name: 'pool-epp', namespace: 'demo' },
    spec: {
      selector: { matchLabels: { app: 'epp' } },
      template: {
        metadata: { labels: { app: 'epp' } },
        spec: {
          containers: [
            {
              name: 'main',
              args: ['--config-file', '/etc/epp/config.yaml'],
              volumeMounts: [{ name: 'config', mountPath: '/etc/epp' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'epp-config' } }],
        },
      },
    },
  });
}

function putConfig(api: FakeApi, text: string): void {
  api.put(resources.configMaps, {
    metadata: { name: 'epp-config', namespace: 'demo' },
    data: { 'config.yaml': text },
  });
}

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

test('a configuration is loaded when it appears, corrected when it was wrong, and kept when a new one is wrong', async () => {
  const { port: enginePort } = await scope.http((request, response) => {
    request.resume();
    request.on('end', () => response.end('ok'));
  });
  const { port, api } = await scope.cluster(
    (api) => {
      putPool(api, 'pool', [enginePort]);
      putPicker(api);
      putRoute(api, 'route', [
        { backendRefs: [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'pool' }] },
      ]);
    },
    { createPicker },
  );
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
      method: 'POST',
      body: '{"model":"m","prompt":"x"}',
    });
    return `${response.status} ${await response.text()}`;
  };
  expect(await ask()).toMatch(/^503 .*its configuration has not been read yet/);
  putConfig(api, config('qeue-scorer'));
  await vi.waitFor(async () => expect(await ask()).toMatch(/^503 .*qeue-scorer/), patient);
  putConfig(api, config('queue-scorer'));
  await vi.waitFor(async () => expect(await ask()).toBe('200 ok'), patient);
  putConfig(api, 'not: a config');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await ask()).toBe('200 ok');
});
