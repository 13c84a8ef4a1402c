import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '@weir/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const cache =
  process.env.WEIR_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'weir');
const weights = path.join(cache, 'models/smollm2/model.gguf');
const isPresent = existsSync(weights);
const main = path.join(import.meta.dirname, '../../packages/engine-cpu/src/main.ts');

describe.runIf(process.env.CI === 'true')('the cache', () => {
  it('holds the real weights', () => {
    expect(isPresent, `${weights} is missing`).toBe(true);
  });
});

describe.skipIf(!isPresent)('the engine with real weights and the OpenAI client', () => {
  let engine: ChildProcess;
  let client: OpenAI;

  beforeAll(async () => {
    const argv = ['--import', 'tsx', main, 'serve', weights, '--served-model-name', 'smol', '--port', '0'];
    engine = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    client = new OpenAI({
      baseURL: `http://127.0.0.1:${await portOf(engine)}/v1`,
      apiKey: 'none',
      maxRetries: 0,
    });
  });

  afterAll(async () => {
    const exit = once(engine, 'exit');
    engine.kill('SIGTERM');
    expect((await exit)[0]).toBe(0);
  });

  const user = (content: string) => [{ role: 'user' as const, content }];

  it('lists its model', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['smol']);
  });

  it('streams a chat answer with usage', async () => {
    const stream = await client.chat.completions.create({
      model: 'smol',
      messages: user('Name three colours.'),
      max_tokens: 40,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let finish: string | null = null;
    let usage: OpenAI.CompletionUsage | null = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    expect(text).toMatch(/[a-z]{3}/i);
    expect(text).not.toContain('<|im_end|>');
    expect(['stop', 'length']).toContain(finish);
    expect(usage?.completion_tokens).toBeGreaterThan(1);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('repeats a greedy answer and reports the cached prefix', async () => {
    const ask = () =>
      client.chat.completions.create({
        model: 'smol',
        messages: user(`Summarise: ${'the rain falls on the hills and the river rises. '.repeat(8)}`),
        max_tokens: 24,
        temperature: 0,
      });
    const first = await ask();
    const second = await ask();
    // Compared with each other, not with the first: another shape of batch may tip the balance of a near tie.
    const third = await ask();
    expect(third.choices[0]?.message.content).toBe(second.choices[0]?.message.content);
    const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0;
    expect(cached).toBe(Math.floor(((first.usage?.prompt_tokens ?? 0) - 1) / 16) * 16);
  });

  it('answers more requests at once than it has slots', async () => {
    const ask = async (topic: string): Promise<string> => {
      const { choices } = await client.chat.completions.create({
        model: 'smol',
        messages: user(`Write one sentence about ${topic}.`),
        max_tokens: 24,
        seed: 5,
        temperature: 0,
      });
      return choices[0]?.message.content ?? '';
    };
    const topics = ['rain', 'trains', 'bread', 'music', 'stones', 'birds'];
    const answers = await Promise.all(topics.map(ask));
    expect(answers.every((answer) => answer.length > 5)).toBe(true);
    expect(new Set(answers).size).toBe(topics.length);
  });

  it('keeps to a JSON schema', async () => {
    const { choices } = await client.chat.completions.create({
      model: 'smol',
      messages: user('Describe a person in JSON.'),
      max_tokens: 120,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          schema: {
            type: 'object',
            properties: { name: { type: 'string', maxLength: 30 }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    const person = JSON.parse(choices[0]?.message.content ?? '');
    expect(Object.keys(person)).toEqual(['name', 'age']);
    expect(Number.isInteger(person.age)).toBe(true);
  });

  it('completes text with log-probabilities', async () => {
    const { choices } = await client.completions.create({
      model: 'smol',
      prompt: 'One, two, three,',
      max_tokens: 4,
      logprobs: 2,
      temperature: 0,
    });
    const { logprobs } = choices[0] ?? {};
    expect(logprobs?.tokens).toHaveLength(4);
    expect(logprobs?.tokens?.join('')).toBe(choices[0]?.text);
    expect(logprobs?.token_logprobs?.every((value) => value <= 0)).toBe(true);
  });

  it('raises the errors the client knows', async () => {
    const unknown = client.chat.completions.create({ model: 'smoll', messages: user('x') });
    await expect(unknown).rejects.toThrow(OpenAI.NotFoundError);
    const long = client.chat.completions.create({ model: 'smol', messages: user('word '.repeat(3000)) });
    await expect(long).rejects.toThrow(/the prompt has 30\d\d tokens, but .* is 2048 tokens/);
  });

  it('stops decoding when the client leaves', async () => {
    const base = client.baseURL.replace('/v1', '');
    const before = await generatedTokens(base);
    const long = { model: 'smol', messages: user('Tell a long story.'), max_tokens: 1500, ignore_eos: true };
    const stream = await client.chat.completions.create({ ...long, stream: true });
    for await (const _chunk of stream) break;
    await eventually('the engine to be idle', async () => {
      const load = (await (await fetch(`${base}/load`)).json()) as { server_load: number };
      return load.server_load === 0;
    });
    // However slow the machine: had it gone on, it would have generated them all.
    expect((await generatedTokens(base)) - before).toBeLessThan(750);
  });
});

async function generatedTokens(base: string): Promise<number> {
  const metrics = await (await fetch(`${base}/metrics`)).text();
  return Number(/^vllm:generation_tokens_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0);
}

/** The port is the engine's choice; it says so in its log. */
async function portOf(engine: ChildProcess): Promise<number> {
  if (engine.stderr === null) throw new Error('the log of the engine is not read');
  const lines: string[] = [];
  for await (const line of createInterface(engine.stderr)) {
    lines.push(line);
    const entry = line.startsWith('{') ? (JSON.parse(line) as { msg?: string; port?: number }) : {};
    if (entry.msg === 'serving' && entry.port !== undefined) {
      // Unread output would fill the pipe and stop the engine.
      engine.stderr.resume();
      return entry.port;
    }
  }
  throw new Error(`the engine ended: ${lines.at(-1)}`);
}
