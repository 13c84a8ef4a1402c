import { readFileSync } from 'node:fs';
import type { Node } from '@weir/api/workloads';
import { eventually, hasComponents, KubernetesPlatform, untilHolds } from '@weir/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyService, ask, jsonpath, testServiceLife } from './service-life.ts';

const components = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const;
const quickstart = readFileSync(new URL('../../config/samples/quickstart.yaml', import.meta.url), 'utf8');

/** For machines that are busy with other tests; a quiet one needs half a minute. */
const startTimeoutMs = 400_000;
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The way of a new user of a real cluster: install, apply, ask; the real controllers drive pods of this machine. */
describe.skipIf(!hasComponents(...components))('the quickstart on a real Kubernetes', () => {
  let platform: KubernetesPlatform;

  beforeAll(async () => {
    platform = await KubernetesPlatform.start();
    if (platform.cluster.network.type === 'host')
      console.warn(
        'no namespaces on this machine: pods have loopback addresses, so Services have no endpoints',
      );
  }, startTimeoutMs);
  afterAll(() => platform?.stop());

  test('registers a node that real controllers accept', async () => {
    const nodeOf = async (): Promise<Node> =>
      JSON.parse((await platform.kubectl(['get', 'node', 'process-node', '-o', 'json'])).stdout) as Node;
    // What an admission plugin adds until the node is ready, the real controllers take away.
    await untilHolds(async () => expect((await nodeOf()).spec?.taints).toBeUndefined());
    const { metadata, status } = await nodeOf();
    expect(metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'process-node',
      'kubernetes.io/os': 'linux',
    });
    expect(status?.nodeInfo?.kubeletVersion).toBe('v1.34.2-weir');
    expect(Object.keys(status?.allocatable ?? {}).sort()).toEqual([
      'cpu',
      'ephemeral-storage',
      'memory',
      'pods',
    ]);
    const lease = ['lease', 'process-node', '-n', 'kube-node-lease'];
    await untilHolds(async () =>
      expect(await jsonpath(platform, lease, '.spec.holderIdentity')).toBe('process-node'),
    );
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

  test('shows logs to kubectl, through the API server', async () => {
    const logs = await platform.kubectl(['logs', 'deploy/quickstart-kserve', '-c', 'main', '--tail=1']);
    expect(logs.stderr).toBe('');
    expect(logs.stdout.trim().split('\n')).toHaveLength(1);
    const none = await platform.kubectl(['logs', 'deploy/quickstart-kserve', '-c', 'main', '--previous']);
    expect(none.stderr).toContain('previous terminated container "main" in pod "quickstart-kserve-');
  });

  test('gives pods accounts: a token of the API server, and the authority to check it with', async () => {
    const script =
      'const { readFileSync, writeFileSync } = require("node:fs");' +
      `const read = (name) => readFileSync("${accountFolder}/" + name, "utf8");` +
      'const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;' +
      'const options = { ca: read("ca.crt"), headers: { authorization: "Bearer " + read("token") } };' +
      'const path = "/api/v1/namespaces/" + read("namespace") + "/secrets";' +
      'require("node:https").get("https://" + host + ":" + port + path, options, async (response) => {' +
      '  let text = ""; for await (const chunk of response) text += chunk;' +
      '  writeFileSync(process.env.WEIR_TERMINATION_LOG, JSON.parse(text).message);' +
      '});';
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'account' },
      spec: {
        restartPolicy: 'Never',
        containers: [{ name: 'main', image: 'node', command: [process.execPath, '-e', script] }],
      },
    };
    expect((await platform.kubectl(['apply', '-f', '-'], JSON.stringify(pod))).stderr).toBe('');
    const ended = ['--for=jsonpath={.status.phase}=Succeeded', 'pod/account', '--timeout=110s'];
    expect((await platform.kubectl(['wait', ...ended])).stderr).toBe('');
    const message = '.status.containerStatuses[0].state.terminated.message';
    expect(await jsonpath(platform, ['pod', 'account'], message)).toContain(
      'User "system:serviceaccount:default:default" cannot list resource "secrets"',
    );
    await platform.kubectl(['delete', 'pod', 'account', '--now']);
  });

  test('forwards a Service to the endpoints that the real controllers publish', async ({ skip }) => {
    const { network } = platform.cluster;
    if (network.type === 'host') skip('Services have no endpoints where pods have loopback addresses');
    const name = 'quickstart-kserve-workload-svc';
    const selector = `kubernetes.io/service-name=${name}`;
    const slices = ['endpointslices', '-l', selector];
    const podIP = await jsonpath(
      platform,
      ['pods', '-l', 'kserve.io/component=workload'],
      '.items[0].status.podIP',
    );
    await untilHolds(async () =>
      expect(await jsonpath(platform, slices, '.items[*].endpoints[*].addresses[*]')).toBe(podIP),
    );
    const clusterIP = await jsonpath(platform, ['svc', name], '.spec.clusterIP');
    const script = `fetch("http://${clusterIP}:8000/health").then(({ status }) => console.log(status))`;
    await untilHolds(async () =>
      expect((await platform.run([process.execPath, '-e', script])).stdout).toBe('200\n'),
    );
  });

  test(
    'a service grows although controllers, scheduler, kubelet and API server are killed on the way',
    {
      timeout: startTimeoutMs,
    },
    async () => {
      const { cluster, kubelet } = platform;
      const deployment = ['deploy', 'quickstart-kserve'];
      const engines = ['pods', '-l', 'app.kubernetes.io/name=quickstart,kserve.io/component=workload'];
      const containersOf = async (): Promise<string[]> =>
        (await jsonpath(platform, engines, '.items[*].status.containerStatuses[*].containerID')).split(' ');
      const [container = ''] = await containersOf();

      await Promise.all([cluster.controllerManager.crash(), cluster.scheduler.crash()]);
      await scale(platform, 2);
      await eventually(
        'the Deployment to ask for two',
        async () => (await jsonpath(platform, deployment, '.spec.replicas')) === '2',
      );
      await kubelet.crash();
      cluster.controllerManager.revive();
      cluster.scheduler.revive();
      await eventually(
        'the second pod to be bound',
        async () =>
          (await jsonpath(platform, engines, '.items[*].spec.nodeName')) === 'process-node process-node',
      );
      await cluster.crash();
      // The engine and the gateway need neither of those that are gone.
      await ask(platform, 'Are you there?', 'quickstart');
      await cluster.revive();
      kubelet.revive();

      const rollout = await platform.kubectl([
        'rollout',
        'status',
        'deploy/quickstart-kserve',
        '--timeout=110s',
      ]);
      expect(rollout.exitCode, rollout.stderr).toBe(0);
      expect(await containersOf()).toContain(container);
      expect(await jsonpath(platform, engines, '.items[*].status.containerStatuses[*].restartCount')).toBe(
        '0 0',
      );
      await scale(platform, 1);
    },
  );

  testServiceLife(() => platform);
});

/** A controller that lost its lease while the API server was away starts again: nobody answers for it meanwhile. */
async function scale(platform: KubernetesPlatform, replicas: number): Promise<void> {
  const argv = [
    'patch',
    'llmisvc',
    'quickstart',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { replicas } }),
  ];
  await untilHolds(async () => expect((await platform.kubectl(argv)).stderr).toBe(''), { everyMs: 500 });
}
