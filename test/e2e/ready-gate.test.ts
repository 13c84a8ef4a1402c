import { readFileSync } from 'node:fs';
import { eventually, hasComponents, LocalPlatform } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Ready may be believed: it is True while requests through the service's address are answered, and says why not. */
describe.skipIf(!hasComponents('kubectl'))('the ready gate', () => {
  const platform = new LocalPlatform({ portBase: 19_200, flags: ['--no-quickstart', '--ephemeral'] });

  beforeAll(() => platform.start(120_000));
  afterAll(() => platform.stop());

  test('a request works as soon as Ready is True', async () => {
    await apply('good');
    await untilReady('good');
    expect(await ask('good')).toBe(200);
    expect(await condition('good', 'InferenceVerified')).toMatchObject({
      status: 'True',
      reason: 'RequestAnswered',
      message: expect.stringMatching(/^revision \w+ answered at http:\/\/127\.0\.0\.1:19280\/default\/good$/),
    });
  });

  test('an engine that does not know the model is not Ready, and its answer is told', async () => {
    await apply('misnamed', {
      template: { containers: [{ name: 'main', args: ['--served-model-name=other'] }] },
    });
    const ready = await untilNotReady('misnamed', 'RequestGateFailed', 30_000);
    expect(ready.message).toMatch(/^404 at gateway → pool \(http:.*\): The model `tiny` does not exist/);
    expect(await condition('misnamed', 'WorkloadsReady')).toMatchObject({ status: 'True' });
  });

  test('a revision that cannot start is not Ready, though the old one still answers', async () => {
    const broken = { template: { containers: [{ name: 'main', args: ['--no-such-flag'] }] } };
    await patch('good', { spec: broken });
    const ready = await untilNotReady('good', 'EngineCrash', 30_000);
    expect(ready.message).toContain('no pod of the newest revision of Deployment good-kserve is ready');
    expect(await ask('good')).toBe(200);
    await patch('good', { spec: { template: null } });
    await untilReady('good');
  });

  test('an engine that hangs is not Ready until it goes on', async () => {
    await whileStopped(/ engine serve .* tiny publishers\/default\/models\/tiny .*access-log$/, async () => {
      const ready = await untilNotReady('good', undefined, 10_000);
      expect(ready.reason).not.toBe('RequestGatePending');
    });
    await untilReady('good');
    expect(await ask('good')).toBe(200);
  });

  test('a picker that hangs makes the service not Ready within 15 s', async () => {
    await whileStopped(/ epp --pool-name good-inference-pool /, async () => {
      await untilNotReady('good', 'MinimumReplicasUnavailable', 15_000);
    });
    await untilReady('good');
    expect(await ask('good')).toBe(200);
  });

  test('a gateway that hangs makes its services not Ready within 10 s', async () => {
    await whileStopped(/ gateway --kubeconfig /, async () => {
      const ready = await untilNotReady('good', 'RequestGateFailed', 10_000);
      expect(ready.message).toMatch(
        /^the gateway at 127\.0\.0\.1:19280 does not answer: nothing within 2 s$/,
      );
    });
    await untilReady('good');
    expect(await ask('good')).toBe(200);
  });

  async function apply(name: string, more: object = {}): Promise<void> {
    const service = {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name, namespace: 'default' },
      spec: {
        model: { uri: 'builtin://tiny-random', name: 'tiny' },
        router: { gateway: {}, route: {}, scheduler: {} },
        ...more,
      },
    };
    const { stderr } = await platform.kubectl(['apply', '-f', '-'], JSON.stringify(service));
    expect(stderr).toBe('');
  }

  async function patch(name: string, change: object): Promise<void> {
    const argv = ['patch', 'llmisvc', name, '--type=merge', '-p', JSON.stringify(change)];
    expect((await platform.kubectl(argv)).stderr).toBe('');
  }

  async function untilReady(name: string): Promise<void> {
    const argv = ['wait', '--for=condition=Ready', `llmisvc/${name}`, '--timeout=60s'];
    const { exitCode, stderr } = await platform.kubectl(argv);
    expect(exitCode, `${stderr}${platform.logTail()}`).toBe(0);
  }

  /** The first Ready=False, with the reason where one is given. */
  function untilNotReady(name: string, reason: string | undefined, timeoutMs: number): Promise<Condition> {
    return eventually(
      `${name} to be not Ready`,
      async () => {
        const ready = await condition(name, 'Ready');
        const isIt = ready?.status === 'False' && (reason === undefined || ready.reason === reason);
        return isIt ? ready : undefined;
      },
      { timeoutMs, everyMs: 100 },
    );
  }

  async function condition(name: string, type: string): Promise<Condition | undefined> {
    const path = `jsonpath={.status.conditions}`;
    const { stdout } = await platform.kubectl(['get', 'llmisvc', name, '-o', path]);
    return (JSON.parse(stdout || '[]') as Condition[]).find((one) => one.type === type);
  }

  async function ask(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:19280/default/${name}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny', prompt: 'Hi', max_tokens: 1 }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** Halts the one process with such a command line meanwhile. */
  async function whileStopped(command: RegExp, body: () => Promise<void>): Promise<void> {
    const pids = (await platform.processes()).filter((pid) => command.test(commandLine(pid)));
    expect(pids).toHaveLength(1);
    const [pid = 0] = pids;
    process.kill(pid, 'SIGSTOP');
    try {
      await body();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }
});

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trimEnd();
  } catch {
    return '';
  }
}
