import { freePorts, LocalPlatform } from '@weir/testing';
import { expect } from 'vitest';

/** A platform with one service that works, `good`, which no mistake of others may harm. */
export class BadInputTarget {
  readonly platform: LocalPlatform;
  readonly gateway: string;
  /** Of the service that works. */
  readonly endpoint: string;

  static async start(home?: string): Promise<BadInputTarget> {
    const portBase = await freePorts(100);
    const options = { portBase, flags: ['--no-quickstart'], ...(home === undefined ? {} : { home }) };
    const target = new BadInputTarget(new LocalPlatform(options));
    await target.#begin().catch(async (error) => {
      await target.platform.stop();
      throw error;
    });
    return target;
  }

  async #begin(): Promise<void> {
    await this.platform.start();
    const router = { gateway: {}, route: {}, scheduler: {} };
    const good = serviceOf('good', { model: { uri: 'builtin://tiny-random', name: 'tiny' }, router });
    expect((await this.platform.kubectl(['apply', '-f', '-'], good)).stderr).toBe('');
    await this.untilReady('good');
  }

  private constructor(platform: LocalPlatform) {
    this.platform = platform;
    this.gateway = `http://127.0.0.1:${platform.portBase + 80}`;
    this.endpoint = `${this.gateway}/default/good/v1`;
  }

  async untilReady(name: string): Promise<void> {
    const argv = ['wait', '--for=condition=Ready', `llmisvc/${name}`, '--timeout=110s'];
    const { exitCode, stderr } = await this.platform.kubectl(argv);
    expect(exitCode, `${stderr}${this.platform.logTail()}`).toBe(0);
  }

  ask(changes: Record<string, unknown>, url = `${this.endpoint}/chat/completions`): Promise<Response> {
    const body = { model: 'tiny', messages: [{ role: 'user', content: 'x' }], max_tokens: 2, ...changes };
    return post(url, JSON.stringify(body));
  }

  /** No mistake so far may have cost the service that works a single restart or answer. */
  async expectGoodUnharmed(): Promise<void> {
    const answer = await this.ask({});
    expect(answer.status).toBe(200);
    const restarts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}';
    const argv = ['get', 'pods', '-l', 'app.kubernetes.io/name=good', '-o', restarts];
    expect((await this.platform.kubectl(argv)).stdout).toMatch(/^0( 0)*$/);
  }
}

export function serviceOf(name: string, spec: unknown): string {
  return JSON.stringify({
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'LLMInferenceService',
    metadata: { name, namespace: 'default' },
    ...(spec === undefined ? {} : { spec }),
  });
}

export function post(url: string, body: string, type = 'application/json'): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
}
