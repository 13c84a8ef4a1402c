import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineClient, engineClient, user } from '../testing/engine-client.ts';
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

describe('chat completions', () => {
  it('answer in OpenAI shape, deterministically at temperature 0', async () => {
    const request = {
      model: 'tiny',
      messages: user('hello'),
      temperature: 0,
      max_tokens: 12,
      ignore_eos: true,
    };
    const first = await client.chat(request);
    const second = await client.chat({ ...request, model: 'publishers/default/models/tiny' });
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
    const whole = await client.chat(request);
    const all = await client.events('/v1/chat/completions', {
      ...request,
      stream_options: { include_usage: true },
    });
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
    const all = await client.events('/v1/chat/completions', {
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
      [7, 7, 8].map(async (seed) => (await client.chat({ ...request, seed })).choices[0]?.message.content),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('report log-probabilities of the model itself, most likely first', async () => {
    const { choices } = await client.chat({
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
      const { choices } = await client.chat({
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
    const choice = await client.chat({
      messages: user('choose'),
      structured_outputs: { choice: ['yes', 'no'] },
    });
    expect(['yes', 'no']).toContain(choice.choices[0]?.message.content);
  });

  it('make several choices, counted once in the prompt', async () => {
    const one = await client.chat({ messages: user('choices'), max_tokens: 6, ignore_eos: true });
    const three = await client.chat({
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
