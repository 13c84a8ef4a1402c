import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { createAddressPool, type ImageResolver, type Kubelet, startKubelet } from '@weir/cluster/kubelet';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Runs the command as it is: these pods name programs of this machine. */
const images: ImageResolver = {
  resolve: ({ command, args }) => ({
    type: 'program',
    argv: [...command, ...args],
    env: {},
    pathPrepend: [],
  }),
};

describe('kubelet on a real kube-apiserver', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'weir-kubelet-'));
  const stop = new AbortController();
  let server: RealControlPlane;
  let client: Client;
  let kubelet: Kubelet;

  beforeAll(async () => {
    server = await startRealControlPlane();
    client = new Client({ fetch: server.fetch, fieldManager: 'test' });
    await client.create(resources.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
    kubelet = await startKubelet({
      client: new Client({ fetch: server.fetch, fieldManager: 'kubelet' }),
      nodeName: 'weir',
      stateDir,
      addresses: createAddressPool({ cidr: '127.78.240.0/24', file: join(stateDir, 'addresses.json') }),
      images,
      apiAccess: { url: server.url, caPem: server.caPem },
      log: silentLogger,
      signal: stop.signal,
      timings: { backoffBaseMs: 300, configRetryMs: 200 },
      onStop: { type: 'stop', graceMs: 500 },
    });
  });

  afterAll(async () => {
    stop.abort();
    await kubelet?.stopped();
    await server?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  function shell(name: string, script: string, more: object = {}): object {
    return { name, image: 'shell', command: ['/bin/sh', '-c', script], ...more };
  }

  async function createPod(name: string, spec: object): Promise<Pod> {
    return client.create(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName: 'weir', terminationGracePeriodSeconds: 2, ...spec } as NonNullable<Pod['spec']>,
    });
  }

  async function waitFor(name: string, isThere: (pod: Pod) => boolean, withinMs = 10_000): Promise<Pod> {
    const deadline = Date.now() + withinMs;
    let pod: Pod | undefined;
    while (Date.now() < deadline) {
      pod = await client.find(resources.pods, { namespace: 'default', name });
      if (pod !== undefined && isThere(pod)) return pod;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const events = await client.list(resources.events, { namespace: 'default' });
    const messages = events.items.map(({ reason, message }) => `${reason}: ${message}`);
    throw new Error(
      `pod ${name} did not get there: ${JSON.stringify({ messages, status: pod?.status }, null, 1)}`,
    );
  }

  async function readLogs(pod: Pod, container: string, follow = false): Promise<string> {
    let text = '';
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const options = { container, follow, previous: false, signal: AbortSignal.timeout(5000) };
    for await (const chunk of kubelet.logs.open({ namespace, name, uid }, options))
      text += Buffer.from(chunk);
    return text;
  }

  test('a pod with an init container becomes Ready and its logs stream', async () => {
    await createPod('first', {
      initContainers: [
        shell('prepare', 'echo prepared > /mnt/models/file', {
          volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
        }),
      ],
      containers: [
        shell(
          'main',
          'cat /mnt/models/file; echo ip $WEIR_POD_IP; touch /mnt/models/up; trap "echo bye; exit 0" TERM; while :; do sleep 0.1; done',
          {
            volumeMounts: [{ name: 'data', mountPath: '/mnt/models' }],
            readinessProbe: { exec: { command: ['test', '-e', '/mnt/models/up'] }, periodSeconds: 1 },
          },
        ),
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
    const pod = await waitFor(
      'first',
      ({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    );
    expect(pod.status?.phase).toBe('Running');
    expect(await readLogs(pod, 'main')).toBe(`prepared\nip ${pod.status?.podIP}\n`);
    const streamed = readLogs(pod, 'main', true);
    await client.delete(resources.pods, { namespace: 'default', name: 'first' });
    expect(await streamed).toBe(`prepared\nip ${pod.status?.podIP}\nbye\n`);
  });
});
