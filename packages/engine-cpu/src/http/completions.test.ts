import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineClient, engineClient } from '../testing/engine-client.ts';
import { runTestEngine, type TestEngine } from '../testing/run-test-engine.ts';

let engine: TestEngine;
let client: EngineClient;
beforeAll(async () => {
  engine = await runTestEngine([
    '--served-model-name',
    'tiny',
    'publishers/default/models/tiny',
    '--seed',
    '1',
  ]);
  client = engineClient(engine);
});
afterAll(async () => {
  expect(await engine.stop()).toBe(0);
});

describe('text completions', () => {
  it('take strings and token ids, and echo the prompt', async () => {
    const { tokens } = (await (await engine.post('/tokenize', { prompt: 'abc def' })).json()) as {
      tokens: number[];
    };
    const request = { temperature: 0, max_tokens: 8, ignore_eos: true };
    const byText = await client.complete({ ...request, prompt: 'abc def' });
    const byTokens = await client.complete({ ...request, prompt: tokens });
    const echoed = await client.complete({ ...request, prompt: ['abc def', 'x'], echo: true });
    expect(byTokens.choices[0]?.text).toBe(byText.choices[0]?.text);
    expect(echoed.choices[0]?.text).toBe(`abc def${byText.choices[0]?.text}`);
    expect(echoed.choices).toHaveLength(2);
    expect((await client.complete({ prompt: 'default', ignore_eos: true })).usage.completion_tokens).toBe(16);
  });

  it('stop at stop strings and stop tokens and say which', async () => {
    const request = { prompt: 'stop here', temperature: 0, max_tokens: 40, ignore_eos: true };
    const { choices } = await client.complete({ ...request, return_token_ids: true });
    const text = choices[0]?.text ?? '';
    const stop = text.slice(10, 12);
    const stopped = await client.complete({ ...request, stop: [stop] });
    expect(stopped.choices[0]).toMatchObject({
      text: text.slice(0, text.indexOf(stop)),
      finish_reason: 'stop',
      stop_reason: stop,
    });
    const token = choices[0]?.token_ids[5] ?? 0;
    const byToken = await client.complete({ ...request, stop_token_ids: [token] });
    expect(byToken.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: token });
  });

  it('follow bias, allowed tokens and penalties', async () => {
    const request = { prompt: 'bias', temperature: 0, max_tokens: 6, ignore_eos: true };
    const { tokens } = (await (await engine.post('/tokenize', { prompt: 'Q' })).json()) as {
      tokens: number[];
    };
    const token = tokens[0] ?? 0;
    expect((await client.complete({ ...request, logit_bias: { [token]: 100 } })).choices[0]?.text).toBe(
      'QQQQQQ',
    );
    expect((await client.complete({ ...request, allowed_token_ids: [token] })).choices[0]?.text).toBe(
      'QQQQQQ',
    );
    const punished = await client.complete({
      ...request,
      logit_bias: { [token]: 100 },
      presence_penalty: 2,
      frequency_penalty: 2,
    });
    expect(punished.choices[0]?.text).toBe('QQQQQQ');
    const repeated = await client.complete({
      ...request,
      logit_bias: { [token]: 8 },
      repetition_penalty: 100,
    });
    expect(repeated.choices[0]?.text.split('Q').length).toBeLessThan(4);
  });

  it('do not end before min_tokens', async () => {
    const end = 4;
    const request = { prompt: 'min', temperature: 0, max_tokens: 10, logit_bias: { [end]: 100 } };
    expect((await client.complete(request)).usage.completion_tokens).toBe(1);
    expect((await client.complete({ ...request, min_tokens: 5 })).usage.completion_tokens).toBe(6);
  });
});

describe('prefix cache', () => {
  it('reports what it reused and counts it once', async () => {
    const request = {
      prompt: 'The quick brown fox jumps over the lazy dog. '.repeat(4),
      max_tokens: 2,
      temperature: 0,
    };
    const queries = await client.metric('prefix_cache_queries_total');
    const hits = await client.metric('prefix_cache_hits_total');
    const first = await client.complete(request);
    const second = await client.complete(request);
    const expected = Math.floor((first.usage.prompt_tokens - 1) / 16) * 16;
    expect(first.usage.prompt_tokens_details.cached_tokens).toBe(0);
    expect(second.usage.prompt_tokens_details.cached_tokens).toBe(expected);
    expect(second.choices[0]?.text).toBe(first.choices[0]?.text);
    expect((await client.metric('prefix_cache_queries_total')) - queries).toBe(2 * first.usage.prompt_tokens);
    expect((await client.metric('prefix_cache_hits_total')) - hits).toBe(expected);
    const salted = await client.complete({ ...request, cache_salt: 'tenant' });
    expect(salted.usage.prompt_tokens_details.cached_tokens).toBe(0);
  });
});

describe('the queue', () => {
  it('serves more requests than slots, all with the answer they get alone', async () => {
    const request = (i: number) => ({
      prompt: `request ${i}`,
      temperature: 0,
      max_tokens: 15,
      ignore_eos: true,
    });
    const alone: (string | undefined)[] = [];
    for (let i = 0; i < 12; i++) alone.push((await client.complete(request(i))).choices[0]?.text);
    const together = await Promise.all(Array.from({ length: 12 }, (_, i) => client.complete(request(i))));
    expect(together.map(({ choices }) => choices[0]?.text)).toEqual(alone);
  });

  it('frees the slot when the client leaves, and answers others meanwhile', async () => {
    const controller = new AbortController();
    const running = engine.post(
      '/v1/completions',
      { prompt: 'long', max_tokens: 2000, ignore_eos: true, stream: true },
      { signal: controller.signal },
    );
    const response = await running;
    await response.body?.getReader().read();
    expect(await client.metric('num_requests_running')).toBe(1);
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    controller.abort();
    await waitFor(async () => (await client.metric('num_requests_running')) === 0);
    const text = await (await fetch(`${engine.url}/metrics`)).text();
    expect(text).toMatch(/request_success_total\{model_name="tiny",engine="0",finished_reason="abort"\} 1/);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the condition was not reached in time');
}
