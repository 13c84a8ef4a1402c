import { readFileSync } from 'node:fs';
import { eventually, freePorts, hasComponents, LocalPlatform } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const portBase = await freePorts(100);
const gateway = `127.0.0.1:${portBase + 80}`;

/** Ready may be believed: it is True while requests through the service's address are answered, and says why not. */
describe.skipIf(!hasComponents('kubectl'))('the ready gate', () => {
  const platform = new LocalPlatform({ portBase, flags: ['--no-quickstart', '--ephemeral'] });

  beforeAll(() => platform.start());
  afterAll(() => platform.stop());

  test('a request works as soon as Ready is True', async () => {
    await apply('good');
    await untilReady('good');
    expect(await ask('good')).toBe(200);
    expect(await condition('good', 'InferenceVerified')).toMatchObject({
      status: 'True',
      reason: 'RequestAnswered',
      message: expect.stringMatching(
        new RegExp(`^revision \\w+ answered at http://${gateway}/default/good$`),
      ),
    });
  });

  test('an engine that does not know the model is not Ready, and its answer is told', async () => {
    await apply('misnamed', {
      template: { containers: [{ name: 'main', args: ['--served-model-name=other'] }] },
    });
    await untilNotReady(
      'misnamed',
      /^RequestGateFailed: 404 at gateway → pool \(http:.*\): The model `tiny` does not exist/,
    );
    expect(await condition('misnamed', 'WorkloadsReady')).toMatchObject({ status: 'True' });
  });

  test('a revision that cannot start is not Ready, though the old one still answers', async () => {
    const broken = { template: { containers: [{ name: 'main', args: ['--no-such-flag'] }] } };
    await patch('good', { spec: broken });
    await untilNotReady(
      'good',
      /^EngineCrash: .*no pod of the newest revision of Deployment good-kserve is ready/,
    );
    expect(await ask('good')).toBe(200);
    await patch('good', { spec: { template: null } });
    await untilReady('good');
  });

  test('an engine that hangs is not Ready until it goes on', async () => {
    await whileStopped(/ engine serve .* tiny publishers\/default\/models\/tiny .*access-log$/, async () => {
      await untilNotReady('good', /^(?!RequestGatePending)/);
    });
    await untilReady('good');
    expect(await ask('good')).toBe(200);
  });

  test('a picker that hangs makes the service not Ready', async () => {
    await whileStopped(/ epp --pool-name good-inference-pool /, async () => {
      await untilNotReady('good', /^MinimumReplicasUnavailable: /);
    });
    await untilReady('good');
    expect(await ask('good')).toBe(200);
  });

  test('a gateway that hangs makes its services not Ready', async () => {
    await whileStopped(/ gateway --kubeconfig /, async () => {
      const told = `^RequestGateFailed: the gateway at ${gateway} does not answer: nothing within 2 s$`;
      await untilNotReady('good', new RegExp(told));
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
    const argv = ['wait', '--for=condition=Ready', `llmisvc/${name}`, '--timeout=110s'];
    const { exitCode, stderr } = await platform.kubectl(argv);
    expect(exitCode, `${stderr}${platform.logTail()}`).toBe(0);
  }

  /** Until Ready is False with such a `Reason: message`; on the way there it may have others. */
  async function untilNotReady(name: string, told: RegExp): Promise<void> {
    const isTold = async (): Promise<boolean> => {
      const ready = await condition(name, 'Ready');
      const text = `${ready?.reason}: ${ready?.message}`;
      if (ready?.status === 'False' && told.test(text)) return true;
      throw new Error(`${ready?.status} ${text}`);
    };
    await eventually(`${name} to be not Ready`, isTold, { everyMs: 100 });
  }

  async function condition(name: string, type: string): Promise<Condition | undefined> {
    const path = `jsonpath={.status.conditions}`;
    const { stdout } = await platform.kubectl(['get', 'llmisvc', name, '-o', path]);
    return (JSON.parse(stdout || '[]') as Condition[]).find((one) => one.type === type);
  }

  async function ask(name: string): Promise<number> {
    const response = await fetch(`http://${gateway}/default/${name}/v1/completions`, {
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
