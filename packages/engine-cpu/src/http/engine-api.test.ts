import { SseDecoder } from '@weir/wire/sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTestEngine, type TestEngine } from '../testing/run-test-engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await runTestEngine([
    '--served-model-name',
    'tiny',
    'publishers/default/models/tiny',
    '--seed',
    '1',
  ]);
});
afterAll(async () => {
  expect(await engine.stop()).toBe(0);
});

const user = (content: string) => [{ role: 'user', content }];

interface Answer {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: { readonly content: string };
    readonly text: string;
    readonly logprobs: unknown;
    readonly finish_reason: string;
    readonly stop_reason: unknown;
  }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
}

async function answer(path: string, body: unknown): Promise<Answer> {
  const response = await engine.post(path, body);
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
}
const chat = (body: object) => answer('/v1/chat/completions', body);
const complete = (body: object) => answer('/v1/completions', body);

async function events(path: string, body: object): Promise<string[]> {
  const response = await engine.post(path, { ...body, stream: true });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  return new SseDecoder().push(new Uint8Array(await response.arrayBuffer()));
}

async function refusal(
  path: string,
  body: unknown,
): Promise<{ status: number; message: string; param: string | null }> {
  const response = await engine.post(path, body);
  const { error } = (await response.json()) as {
    error: { message: string; param: string | null; code: number };
  };
  expect(error.code).toBe(response.status);
  return { status: response.status, message: error.message, param: error.param };
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${engine.url}/metrics`)).text();
  return Number(new RegExp(`^vllm:${name}\\{model_name="tiny",engine="0"\\} (.+)$`, 'm').exec(text)?.[1]);
}

describe('chat completions', () => {
  it('answer in OpenAI shape, deterministically at temperature 0', async () => {
    const request = {
      model: 'tiny',
      messages: user('hello'),
      temperature: 0,
      max_tokens: 12,
      ignore_eos: true,
    };
    const first = await chat(request);
    const second = await chat({ ...request, model: 'publishers/default/models/tiny' });
    expect(first).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [
        {
          index: 0,
          message: { role: 'assistant' },
          logprobs: null,
          finish_reason: 'length',
          stop_reason: null,
        },
      ],
      usage: { completion_tokens: 12 },
    });
    expect(first.usage.total_tokens).toBe(first.usage.prompt_tokens + 12);
    expect(second.choices[0]?.message.content).toBe(first.choices[0]?.message.content);
  });

  it('stream the same text, with usage at the end and [DONE] last', async () => {
    const request = { messages: user('stream me'), temperature: 0, max_tokens: 20, ignore_eos: true };
    const whole = await chat(request);
    const all = await events('/v1/chat/completions', { ...request, stream_options: { include_usage: true } });
    expect(all.at(-1)).toBe('[DONE]');
    const chunks = all.slice(0, -1).map((event) => JSON.parse(event));
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.map((c) => c.choices[0]?.delta.content ?? '').join('')).toBe(
      whole.choices[0]?.message.content,
    );
    expect(chunks.at(-2).choices[0].finish_reason).toBe('length');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 20 } });
    expect(new Set(chunks.map((c) => c.id)).size).toBe(1);
  });

  it('report usage in every chunk when asked', async () => {
    const all = await events('/v1/chat/completions', {
      messages: user('x'),
      max_tokens: 4,
      ignore_eos: true,
      stream_options: { continuous_usage_stats: true },
    });
    const chunks = all.slice(0, -1).map((event) => JSON.parse(event));
    expect(chunks.every((chunk) => chunk.usage.prompt_tokens > 0)).toBe(true);
  });

  it('give the same text for the same seed and other text for another', async () => {
    const request = { messages: user('seeds'), temperature: 1.5, max_tokens: 24, ignore_eos: true };
    const texts = await Promise.all(
      [7, 7, 8].map(async (seed) => (await chat({ ...request, seed })).choices[0]?.message.content),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('report log-probabilities of the model itself, most likely first', async () => {
    const { choices } = await chat({
      messages: user('probable'),
      temperature: 0,
      max_tokens: 3,
      ignore_eos: true,
      logprobs: true,
      top_logprobs: 3,
    });
    const { content } = choices[0]?.logprobs as {
      content: { logprob: number; token: string; top_logprobs: { logprob: number; token: string }[] }[];
    };
    expect(content).toHaveLength(3);
    for (const { token, logprob, top_logprobs: top } of content) {
      expect(top).toHaveLength(3);
      expect(top[0]).toMatchObject({ token, logprob });
      expect(top.map((entry) => entry.logprob)).toEqual(
        top.map((entry) => entry.logprob).sort((a, b) => b - a),
      );
      expect(Math.exp(logprob)).toBeLessThan(1);
    }
  });

  it('hold to a JSON schema whatever the model wants', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 8 },
        age: { type: 'integer' },
        tags: { type: 'array', items: { enum: ['a', 'b'] }, minItems: 1, maxItems: 3 },
        note: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/flag' }] },
      },
      required: ['name', 'tags'],
      additionalProperties: false,
      $defs: { flag: { type: 'boolean' } },
    };
    for (let seed = 0; seed < 6; seed++) {
      const { choices } = await chat({
        messages: user('json'),
        seed,
        temperature: 1,
        max_tokens: 400,
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      });
      expect(choices[0]?.finish_reason).toBe('stop');
      const value = JSON.parse(choices[0]?.message.content ?? '');
      expect(Object.keys(value).every((key) => key in schema.properties)).toBe(true);
      expect(typeof value.name).toBe('string');
      expect(value.tags.every((tag: string) => tag === 'a' || tag === 'b')).toBe(true);
    }
    const choice = await chat({ messages: user('choose'), structured_outputs: { choice: ['yes', 'no'] } });
    expect(['yes', 'no']).toContain(choice.choices[0]?.message.content);
  });

  it('make several choices, counted once in the prompt', async () => {
    const one = await chat({ messages: user('choices'), max_tokens: 6, ignore_eos: true });
    const three = await chat({
      messages: user('choices'),
      max_tokens: 6,
      ignore_eos: true,
      n: 3,
      temperature: 1.5,
      seed: 3,
    });
    expect(three.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(three.choices.map(({ message }) => message.content)).size).toBe(3);
    expect(three.usage).toMatchObject({ prompt_tokens: one.usage.prompt_tokens, completion_tokens: 18 });
  });
});

describe('text completions', () => {
  it('take strings and token ids, and echo the prompt', async () => {
    const { tokens } = (await (await engine.post('/tokenize', { prompt: 'abc def' })).json()) as {
      tokens: number[];
    };
    const request = { temperature: 0, max_tokens: 8, ignore_eos: true };
    const byText = await complete({ ...request, prompt: 'abc def' });
    const byTokens = await complete({ ...request, prompt: tokens });
    const echoed = await complete({ ...request, prompt: ['abc def', 'x'], echo: true });
    expect(byTokens.choices[0]?.text).toBe(byText.choices[0]?.text);
    expect(echoed.choices[0]?.text).toBe(`abc def${byText.choices[0]?.text}`);
    expect(echoed.choices).toHaveLength(2);
    expect((await complete({ prompt: 'default', ignore_eos: true })).usage.completion_tokens).toBe(16);
  });

  it('stop at stop strings and stop tokens and say which', async () => {
    const request = { prompt: 'stop here', temperature: 0, max_tokens: 40, ignore_eos: true };
    const { choices } = await complete({ ...request, return_token_ids: true });
    const text = choices[0]?.text ?? '';
    const stop = text.slice(10, 12);
    const stopped = await complete({ ...request, stop: [stop] });
    expect(stopped.choices[0]).toMatchObject({
      text: text.slice(0, text.indexOf(stop)),
      finish_reason: 'stop',
      stop_reason: stop,
    });
    const token = (choices[0] as unknown as { token_ids: number[] }).token_ids[5] ?? 0;
    const byToken = await complete({ ...request, stop_token_ids: [token] });
    expect(byToken.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: token });
  });

  it('follow bias, allowed tokens and penalties', async () => {
    const request = { prompt: 'bias', temperature: 0, max_tokens: 6, ignore_eos: true };
    const { tokens } = (await (await engine.post('/tokenize', { prompt: 'Q' })).json()) as {
      tokens: number[];
    };
    const token = tokens[0] ?? 0;
    expect((await complete({ ...request, logit_bias: { [token]: 100 } })).choices[0]?.text).toBe('QQQQQQ');
    expect((await complete({ ...request, allowed_token_ids: [token] })).choices[0]?.text).toBe('QQQQQQ');
    const punished = await complete({
      ...request,
      logit_bias: { [token]: 100 },
      presence_penalty: 2,
      frequency_penalty: 2,
    });
    expect(punished.choices[0]?.text).toBe('QQQQQQ');
    const repeated = await complete({ ...request, logit_bias: { [token]: 8 }, repetition_penalty: 100 });
    expect(repeated.choices[0]?.text.split('Q').length).toBeLessThan(4);
  });

  it('do not end before min_tokens', async () => {
    const end = 4;
    const request = { prompt: 'min', temperature: 0, max_tokens: 10, logit_bias: { [end]: 100 } };
    expect((await complete(request)).usage.completion_tokens).toBe(1);
    expect((await complete({ ...request, min_tokens: 5 })).usage.completion_tokens).toBe(6);
  });
});

describe('prefix cache', () => {
  it('reports what it reused and counts it once', async () => {
    const request = {
      prompt: 'The quick brown fox jumps over the lazy dog. '.repeat(4),
      max_tokens: 2,
      temperature: 0,
    };
    const queries = await metric('prefix_cache_queries_total');
    const hits = await metric('prefix_cache_hits_total');
    const first = await complete(request);
    const second = await complete(request);
    const expected = Math.floor((first.usage.prompt_tokens - 1) / 16) * 16;
    expect(first.usage.prompt_tokens_details.cached_tokens).toBe(0);
    expect(second.usage.prompt_tokens_details.cached_tokens).toBe(expected);
    expect(second.choices[0]?.text).toBe(first.choices[0]?.text);
    expect((await metric('prefix_cache_queries_total')) - queries).toBe(2 * first.usage.prompt_tokens);
    expect((await metric('prefix_cache_hits_total')) - hits).toBe(expected);
    const salted = await complete({ ...request, cache_salt: 'tenant' });
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
    for (let i = 0; i < 12; i++) alone.push((await complete(request(i))).choices[0]?.text);
    const together = await Promise.all(Array.from({ length: 12 }, (_, i) => complete(request(i))));
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
    expect(await metric('num_requests_running')).toBe(1);
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    controller.abort();
    await waitFor(async () => (await metric('num_requests_running')) === 0);
    const text = await (await fetch(`${engine.url}/metrics`)).text();
    expect(text).toMatch(/request_success_total\{model_name="tiny",engine="0",finished_reason="abort"\} 1/);
  });
});

describe('bad input', () => {
  const messages = user('x');
  it.each([
    [
      'unknown model',
      { model: 'tinny', messages },
      404,
      'The model `tinny` does not exist — did you mean `tiny`?',
      'model',
    ],
    ['no messages', {}, 400, 'messages: must hold at least one message', 'messages'],
    [
      'a role nobody has',
      { messages: [{ role: 'robot', content: 'x' }] },
      400,
      'messages[0].role: must be one of',
      'messages[0].role',
    ],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      400,
      'reads text only',
      'messages[0].content[0].type',
    ],
    [
      'a wrong type',
      { messages, temperature: 'hot' },
      400,
      'temperature: must be a number, not a string',
      'temperature',
    ],
    [
      'a number out of range',
      { messages, top_p: 0 },
      400,
      'top_p: must be greater than 0 and at most 1, not 0',
      'top_p',
    ],
    ['a fraction', { messages, max_tokens: 1.5 }, 400, 'max_tokens: must be an integer', 'max_tokens'],
    [
      'too many tokens',
      { messages, max_tokens: 99999 },
      400,
      'maximum context length is 2048 tokens and the prompt has',
      'max_tokens',
    ],
    ['tools', { messages, tools: [{ type: 'function' }] }, 400, 'tools: not supported', 'tools'],
    [
      'a field that is not built',
      { messages, prompt_logprobs: 1 },
      400,
      'prompt_logprobs: not supported',
      'prompt_logprobs',
    ],
    ['greedy choices', { messages, n: 2, temperature: 0 }, 400, 'n: must be 1 when temperature is 0', 'n'],
    [
      'stream options without stream',
      { messages, stream_options: {} },
      400,
      'only allowed with "stream": true',
      'stream_options',
    ],
    [
      'a broken grammar',
      { messages, structured_outputs: { grammar: 'root ::= (' } },
      400,
      'the grammar is not valid',
      'structured_outputs',
    ],
    [
      'a grammar too deep',
      { messages, structured_outputs: { grammar: '('.repeat(9999) } },
      400,
      'nested deeper',
      'structured_outputs.grammar',
    ],
    [
      'a schema rule that is not kept',
      {
        messages,
        response_format: { type: 'json_schema', json_schema: { schema: { type: 'string', pattern: 'x' } } },
      },
      400,
      '#/pattern: this keyword is not supported',
      'response_format.json_schema.schema',
    ],
    [
      'a token that does not exist',
      { messages, logit_bias: { 99999: 1 } },
      400,
      'token ids are integers',
      'logit_bias',
    ],
    [
      'two token limits that contradict',
      { messages, max_tokens: 2, min_tokens: 3 },
      400,
      'min_tokens: must be at most',
      'min_tokens',
    ],
    [
      'malformed JSON',
      '{"messages": [}',
      400,
      'not valid JSON at position 14: expected a value or "]", found "}"',
      null,
    ],
    ['an array', [], 400, 'must be a JSON object', null],
  ])('is refused: %s', async (_name, body, status, message, param) => {
    const result = await refusal('/v1/chat/completions', body);
    expect(result).toEqual({ status, message: expect.stringContaining(message), param });
  });

  it('tells both numbers of a prompt that is too long', async () => {
    const long = await refusal('/v1/chat/completions', { messages: user('word '.repeat(2000)) });
    expect(long).toMatchObject({ status: 400, param: 'messages' });
    expect(long.message).toMatch(
      /the prompt has \d+ tokens, but this model's maximum context length is 2048 tokens/,
    );
    const huge = await refusal('/v1/completions', { prompt: '<|im_end|>'.repeat(100_000) });
    expect(huge.message).toMatch(/1000000 characters, at least \d+ tokens, .* is 2048 tokens/);
  });

  it('is refused by size, type and method', async () => {
    const large = await refusal('/v1/completions', { prompt: 'x'.repeat(5 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const form = await engine.post('/v1/completions', 'a=b', { headers: { 'content-type': 'text/plain' } });
    expect(form.status).toBe(415);
    const wrong = await fetch(`${engine.url}/v1/completions`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${engine.url}/v2`)).status).toBe(404);
    const bytes = await fetch(`${engine.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.of(0x7b, 0xff),
    });
    expect([bytes.status, await bytes.text()]).toEqual([400, expect.stringContaining('not valid UTF-8')]);
  });

  it('leaves unknown fields without effect, but names them in the log', async () => {
    await complete({ prompt: 'x', max_tokens: 1, temprature: 3 });
    expect(engine.lines).toContainEqual({
      level: 'warn',
      message: 'request fields without effect',
      fields: { fields: ['temprature'] },
    });
  });
});

describe('the other endpoints', () => {
  it('list every served name', async () => {
    const list = (await (await fetch(`${engine.url}/v1/models`)).json()) as {
      data: { id: string; max_model_len: number }[];
    };
    expect(list.data.map(({ id, max_model_len }) => [id, max_model_len])).toEqual([
      ['tiny', 2048],
      ['publishers/default/models/tiny', 2048],
    ]);
    const one = await fetch(`${engine.url}/v1/models/publishers%2Fdefault%2Fmodels%2Ftiny`);
    expect(await one.json()).toEqual(list.data[1]);
  });

  it('tokenize prompts and conversations, and back', async () => {
    const text = 'hello wörld';
    const { tokens, count } = (await (await engine.post('/tokenize', { prompt: text })).json()) as {
      tokens: number[];
      count: number;
    };
    expect(count).toBe(tokens.length);
    expect(await (await engine.post('/detokenize', { tokens })).json()).toEqual({ prompt: text });
    const conversation = await engine.post('/tokenize', { messages: user('hi'), return_token_strs: true });
    expect(((await conversation.json()) as { token_strs: string[] }).token_strs[0]).toBe('<|im_start|>');
  });

  it('echo a request id fit for a header, else make one', async () => {
    const id = async (value: string) =>
      (await fetch(`${engine.url}/version`, { headers: { 'x-request-id': value } })).headers.get(
        'x-request-id',
      );
    expect(await id('abc-1')).toBe('abc-1');
    expect(await id('x'.repeat(300))).toMatch(/^[0-9a-f]{32}$/);
    const response = await engine.post(
      '/v1/completions',
      { prompt: 'x', max_tokens: 1 },
      { headers: { 'x-request-id': 'r7' } },
    );
    expect(((await response.json()) as Answer).id).toBe('cmpl-r7');
  });

  it("expose metrics under vLLM's names", async () => {
    const text = await (await fetch(`${engine.url}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(names).toMatchSnapshot();
    expect(text).toMatch(/^vllm:cache_config_info\{block_size="16",.*num_gpu_blocks="512",engine="0"\} 1$/m);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the condition was not reached in time');
}
