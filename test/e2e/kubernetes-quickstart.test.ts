import { readFileSync } from 'node:fs';
import { hasComponents, KubernetesPlatform } from '@weir/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyService, jsonpath, testServiceLife } from './service-life.ts';

const components = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const;
const quickstart = readFileSync(new URL('../../config/samples/quickstart.yaml', import.meta.url), 'utf8');

/** The way of a new user of a real cluster: install, apply, ask; the real controllers drive pods of this machine. */
describe.skipIf(!hasComponents(...components))('the quickstart on a real Kubernetes', () => {
  let platform: KubernetesPlatform;

  beforeAll(async () => {
    platform = await KubernetesPlatform.start();
    if (platform.cluster.network.type === 'host')
      console.warn(
        'no namespaces on this machine: pods have loopback addresses, so Services have no endpoints',
      );
  });
  afterAll(() => platform?.stop());

  test('registers a node that real controllers accept', async () => {
    const { stdout } = await platform.kubectl(['get', 'node', 'process-node', '-o', 'json']);
    const node = JSON.parse(stdout);
    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'process-node',
      'kubernetes.io/os': 'linux',
    });
    expect(node.spec.taints).toBeUndefined();
    expect(node.status.nodeInfo.kubeletVersion).toBe('v1.34.2-weir');
    expect(Object.keys(node.status.allocatable).sort()).toEqual([
      'cpu',
      'ephemeral-storage',
      'memory',
      'pods',
    ]);
    const lease = ['lease', 'process-node', '-n', 'kube-node-lease'];
    expect(await jsonpath(platform, lease, '.spec.holderIdentity')).toBe('process-node');
  });

  test('answers a request through the gateway after kubectl apply', async () => {
    await applyService(platform, quickstart);
    const client = new OpenAI({
      baseURL: `${platform.gatewayUrl}/default/quickstart/v1`,
      apiKey: 'none',
      fetch: (url, init) => platform.fetch(url instanceof Request ? url.url : url, init),
    });
    const stream = await client.chat.completions.create({
      model: 'smollm2',
      messages: [{ role: 'user', content: 'Name three colours.' }],
      max_tokens: 16,
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text.length).toBeGreaterThan(5);
  });

  testServiceLife(() => platform);
});
