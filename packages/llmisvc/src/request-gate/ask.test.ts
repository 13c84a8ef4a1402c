import { describe, expect, test } from 'vitest';
import { askService } from './ask.ts';
import type { ProbeRequest, ProbeResponse } from './send.ts';
import type { GateTarget, ProbeAddress } from './target.ts';

const gateway: ProbeAddress = {
  url: 'http://llm.test/demo/hello/',
  via: 'gateway → pool',
  connect: { host: '10.0.0.1', port: 80 },
  isShared: true,
};
const internal: ProbeAddress = { ...gateway, url: 'http://gw.infra.svc/demo/hello' };

type Answers = Readonly<Record<string, ProbeResponse | Error>>;

/** Asks a service that answers by path; `asked` lists what it was asked. */
async function ask(answers: Answers, addresses: readonly ProbeAddress[] = [gateway]) {
  const target: GateTarget = {
    model: 'm',
    addresses,
    revision: '',
    surroundings: '',
    formerPods: ['old'],
    obstacle: null,
  };
  const asked: ProbeRequest[] = [];
  const outcome = await askService(target, {
    timeoutMs: 1000,
    signal: new AbortController().signal,
    send: async (request) => {
      asked.push(request);
      const answer = answers[request.url] ?? answers[request.url.replace(/^.*\/v1\//, '')];
      if (answer === undefined) throw new Error(`nobody listens at ${request.url}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { outcome, asked };
}

const json = (status: number, body: unknown): ProbeResponse => ({ status, body: JSON.stringify(body) });
const completion = json(200, { choices: [{ text: '!' }] });
const noSuchModel = json(404, { error: { message: 'The model `m` does not exist.', type: 'NotFoundError' } });
const listed = json(200, { data: [{ id: 'other' }, { id: 'm' }] });

describe('asking a service', () => {
  test('takes one completion of one token for proof', async () => {
    const { outcome, asked } = await ask({ completions: completion });
    expect(outcome).toEqual({ type: 'answered', url: gateway.url });
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'http://llm.test/demo/hello/v1/completions',
        connect: gateway.connect,
        timeoutMs: 1000,
        body: '{"model":"m","prompt":"Hi","max_tokens":1}',
      },
    ]);
  });

  test('takes no answer of an earlier revision for proof', async () => {
    const from = async (servedBy: string) =>
      (await ask({ completions: { ...completion, servedBy } })).outcome;
    expect(await from('old')).toEqual({
      type: 'elsewhere',
      message: 'pod old of an earlier revision answered',
    });
    expect((await from('new')).type).toBe('answered');
  });

  test('asks engines without completions for an embedding', async () => {
    const embeddings = json(200, { data: [{ embedding: [0] }] });
    const { outcome, asked } = await ask({
      completions: json(404, { detail: 'Not Found' }),
      models: listed,
      embeddings,
    });
    expect(outcome.type).toBe('answered');
    expect(asked.map(({ method, url }) => `${method} ${url.replace(/^.*\/v1\//, '')}`)).toEqual([
      'POST completions',
      'GET models',
      'POST embeddings',
    ]);
  });

  test.each<[string, Answers, string]>([
    [
      'an engine that serves another model',
      { completions: noSuchModel, models: json(200, { data: [{ id: 'other' }] }) },
      '404 at gateway → pool (http://llm.test/demo/hello/): The model `m` does not exist.',
    ],
    [
      'a gateway without endpoints',
      { completions: json(503, { error: { message: 'no endpoint of the pool is ready' } }) },
      '503 at gateway → pool (http://llm.test/demo/hello/): no endpoint of the pool is ready',
    ],
    [
      'a picker that does not answer',
      { completions: { status: 500, body: 'ext_proc gRPC error:\n\u001b[31m14' } },
      '500 at gateway → pool (http://llm.test/demo/hello/): ext_proc gRPC error: [31m14',
    ],
    [
      'a page instead of a completion',
      { completions: { status: 200, body: '<html>' } },
      '200 at gateway → pool (http://llm.test/demo/hello/) holds no completion: <html>',
    ],
    [
      'a redirect',
      { completions: { status: 301, body: '' } },
      '301 at gateway → pool (http://llm.test/demo/hello/)',
    ],
    [
      'broken embeddings',
      { completions: json(404, {}), models: listed, embeddings: { status: 500, body: 'boom' } },
      '500 at gateway → pool (http://llm.test/demo/hello/): boom',
    ],
    [
      'nobody',
      {},
      'no answer at gateway → pool (http://llm.test/demo/hello/): nobody listens at http://llm.test/demo/hello/v1/completions — if clients reach this address and the controller cannot, set --ready-gate=kserve',
    ],
  ])('says what went wrong with %s', async (_name, answers, message) => {
    expect((await ask(answers)).outcome).toEqual({ type: 'failed', message });
  });

  test('shows the beginning of a long answer only', async () => {
    const { outcome } = await ask({ completions: { status: 502, body: 'x'.repeat(5000) } });
    expect(outcome).toMatchObject({ message: expect.stringMatching(/: x{200}$/) });
  });

  test('tells too many requests from failing ones', async () => {
    const { outcome } = await ask({ completions: json(429, { error: { message: 'queue is full' } }) });
    expect(outcome.type).toBe('busy');
  });

  test.each([401, 403])('knows nothing after a %i', async (status) => {
    const { outcome } = await ask({ completions: { status, body: '' } });
    expect(outcome).toMatchObject({
      type: 'inconclusive',
      message: expect.stringContaining('the gate has no credentials: set --ready-gate=kserve'),
    });
  });

  test('knows nothing of a certificate whose authority it lacks, and fails an expired one', async () => {
    const broken = (code: string) => Object.assign(new Error(code.toLowerCase()), { code });
    const unknown = await ask({ completions: broken('SELF_SIGNED_CERT_IN_CHAIN') });
    expect(unknown.outcome).toMatchObject({
      type: 'inconclusive',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect((await ask({ completions: broken('CERT_HAS_EXPIRED') })).outcome.type).toBe('failed');
  });

  test('knows nothing of engines that offer neither completions nor embeddings', async () => {
    const { outcome } = await ask({
      completions: json(405, {}),
      models: listed,
      embeddings: json(404, {}),
    });
    expect(outcome.type).toBe('inconclusive');
  });

  test('asks at the next address where the first cannot be connected to', async () => {
    const answers = { 'http://gw.infra.svc/demo/hello/v1/completions': completion };
    expect((await ask(answers, [gateway, internal])).outcome).toEqual({
      type: 'answered',
      url: internal.url,
    });
    const refusing = { ...answers, 'http://llm.test/demo/hello/v1/completions': json(503, {}) };
    expect((await ask(refusing, [gateway, internal])).outcome.type).toBe('failed');
  });
});
