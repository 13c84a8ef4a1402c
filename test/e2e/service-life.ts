import { readdirSync, readFileSync } from 'node:fs';
import { type CommandResult, eventually } from '@weir/testing';
import type OpenAI from 'openai';
import { expect, test } from 'vitest';

/** What a service needs to live on, wherever its API server and controllers come from. */
export interface ServingPlatform {
  readonly gatewayUrl: string;
  /** As a client of the gateway. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  kubectl(argv: readonly string[], input?: string): Promise<CommandResult>;
}

const sample = readFileSync(new URL('../../config/samples/quickstart.yaml', import.meta.url), 'utf8');
const workload = 'app.kubernetes.io/name=second,kserve.io/component=workload';

/** The life of a service with two replicas, from apply to delete: the same on every platform. */
export function testServiceLife(platformOf: () => ServingPlatform): void {
  test('a service with two replicas spreads requests, returns to cached prefixes and survives kill -9', async () => {
    const platform = platformOf();
    await applyService(
      platform,
      sample.replace('name: quickstart', 'name: second').replace('replicas: 1', 'replicas: 2'),
    );
    const prompts = Array.from({ length: 8 }, (_, i) => `${i}: ${`subject ${i * 7919} `.repeat(12)}`);
    const first = await Promise.all(prompts.map((prompt) => ask(platform, prompt)));
    expect(new Set(first.map(({ pod }) => pod)).size).toBe(2);
    const repeated = await ask(platform, prompts[3] ?? '');
    const again = await ask(platform, prompts[3] ?? '');
    expect(again.pod).toBe(repeated.pod);
    expect(again.cached).toBeGreaterThanOrEqual(16);

    process.kill(
      enginePid(await jsonpath(platform, ['pods', '-l', workload], '.items[0].status.podIP')),
      'SIGKILL',
    );
    for (let i = 0; i < 10; i++) await ask(platform, `after the kill ${i}`);
    // Until the kubelet has told of the end, both are ready.
    await eventually('one restart', async () => (await restartsOf(platform)) === 1);
    await untilReplicasAreReady(platform, 2);
    expect(await restartsOf(platform)).toBe(1);
  });

  test('a rolling update replaces every pod and loses no request', async () => {
    const platform = platformOf();
    const before = await podNames(platform);
    const patch = {
      spec: { template: { containers: [{ name: 'main', env: [{ name: 'ROLLED', value: '1' }] }] } },
    };
    const patched = await platform.kubectl([
      'patch',
      'llmisvc',
      'second',
      '--type=merge',
      '-p',
      JSON.stringify(patch),
    ]);
    expect(patched.stderr).toBe('');
    let isRolling = true;
    const asking = (async () => {
      let answered = 0;
      for (; isRolling; answered++) await ask(platform, `while it rolls ${answered}`);
      return answered;
    })();
    await eventually('the controller to roll the Deployment', async () =>
      (
        await jsonpath(platform, ['deploy', 'second-kserve'], '.spec.template.spec.containers[0].env[*].name')
      ).includes('ROLLED'),
    );
    const rollout = await platform.kubectl(['rollout', 'status', 'deploy/second-kserve', '--timeout=110s']);
    isRolling = false;
    expect(rollout.exitCode, rollout.stderr).toBe(0);
    expect(await asking).toBeGreaterThan(1);
    await eventually('the old pods to go', async () => {
      const now = await podNames(platform);
      return now.length === 2 && now.every((name) => !before.includes(name));
    });
  });

  test('kubectl delete removes every child', async () => {
    const platform = platformOf();
    expect((await platform.kubectl(['delete', 'llmisvc', 'second', '--timeout=110s'])).exitCode).toBe(0);
    await eventually(
      'all children to go',
      async () => {
        const kinds =
          'pods,deploy,rs,svc,httproute,inferencepool,secret,sa,role,rolebinding,clusterrolebinding,endpointslice';
        const { stdout } = await platform.kubectl(['get', kinds, '-A', '-o', 'name']);
        return !/[/-]second-/.test(stdout);
      },
      { everyMs: 500 },
    );
  });
}

/** Applies as a user does and waits as a user waits. */
export async function applyService(platform: ServingPlatform, manifest: string): Promise<void> {
  expect((await platform.kubectl(['apply', '--server-side', '-f', '-'], manifest)).stderr).toBe('');
  const name = /name: (\S+)/.exec(manifest)?.[1];
  const waited = await platform.kubectl([
    'wait',
    '--for=condition=Ready',
    `llmisvc/${name}`,
    '--timeout=110s',
  ]);
  expect(waited.stderr).toBe('');
}

/** One answered chat request: who answered, and how many tokens of the prompt it knew. */
export async function ask(
  platform: ServingPlatform,
  content: string,
  service = 'second',
): Promise<{ pod: string; cached: number }> {
  const response = await platform.fetch(`${platform.gatewayUrl}/default/${service}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-explain': '1' },
    body: JSON.stringify({ model: 'smollm2', messages: [{ role: 'user', content }], max_tokens: 4 }),
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const body = (await response.json()) as OpenAI.ChatCompletion;
  return {
    pod: response.headers.get('x-served-by') ?? '',
    cached: body.usage?.prompt_tokens_details?.cached_tokens ?? -1,
  };
}

export async function jsonpath(
  platform: ServingPlatform,
  what: readonly string[],
  path: string,
): Promise<string> {
  return (await platform.kubectl(['get', ...what, '-o', `jsonpath={${path}}`])).stdout;
}

async function podNames(platform: ServingPlatform): Promise<string[]> {
  const names = await jsonpath(platform, ['pods', '-l', workload], '.items[*].metadata.name');
  return names.split(' ').filter(Boolean);
}

async function untilReplicasAreReady(platform: ServingPlatform, count: number): Promise<void> {
  await eventually(
    `${count} replicas to be ready`,
    async () =>
      (await jsonpath(platform, ['deploy', 'second-kserve'], '.status.readyReplicas')) === String(count),
    { everyMs: 500 },
  );
}

async function restartsOf(platform: ServingPlatform): Promise<number> {
  const path = '.items[*].status.containerStatuses[?(@.name=="main")].restartCount';
  const counts = await jsonpath(platform, ['pods', '-l', workload], path);
  return counts.split(' ').reduce((sum, count) => sum + Number(count), 0);
}

/** Process id of the engine in the pod with this address, which stands in its environment. */
function enginePid(podIP: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = read(`/proc/${pid}/cmdline`).split('\0');
    const isEngine = command.includes('engine') && command.includes('serve');
    if (isEngine && read(`/proc/${pid}/environ`).includes(`WEIR_POD_IP=${podIP}\0`)) return Number(pid);
  }
  throw new Error(`no engine runs at ${podIP}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A process that ended, or of somebody else.
    return '';
  }
}
