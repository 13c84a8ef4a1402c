import fc from 'fast-check';
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
      'constraints that leave no token',
      { messages, min_tokens: 1, response_format: { type: 'json_object' } },
      400,
      'min_tokens: cannot be combined with a grammar',
      'min_tokens',
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
    const result = await client.refusal('/v1/chat/completions', body);
    expect(result).toEqual({ status, message: expect.stringContaining(message), param });
  });

  it('tells both numbers of a prompt that is too long', async () => {
    const long = await client.refusal('/v1/chat/completions', { messages: user('word '.repeat(2000)) });
    expect(long).toMatchObject({ status: 400, param: 'messages' });
    expect(long.message).toMatch(
      /the prompt has \d+ tokens, but this model's maximum context length is 2048 tokens/,
    );
    const huge = await client.refusal('/v1/completions', { prompt: '<|im_end|>'.repeat(100_000) });
    expect(huge.message).toMatch(/1000000 characters, at least \d+ tokens, .* is 2048 tokens/);
  });

  it('is refused by size, type and method', async () => {
    const large = await client.refusal('/v1/completions', { prompt: 'x'.repeat(5 * 1024 * 1024) });
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
    await client.complete({ prompt: 'x', max_tokens: 1, temprature: 3 });
    expect(engine.lines).toContainEqual({
      level: 'warn',
      message: 'request fields without effect',
      fields: { fields: ['temprature'] },
    });
  });

  it('of any kind in any field gets an answer or a 4xx, and the engine lives on', async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.integer(),
      fc.double(),
      fc.constantFrom(true, false, -1, 0, 1, 'auto', [], {}),
    );
    const fields = fc.dictionary(fc.constantFrom(...fieldNames), value, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(
        fields,
        fc.constantFrom('/v1/chat/completions', '/v1/completions', '/tokenize'),
        async (body, path) => {
          const prompt = path === '/v1/completions' || path === '/tokenize' ? { prompt: 'x' } : { messages };
          const response = await engine.post(path, { max_tokens: 2, ...prompt, ...body });
          const text = await response.text();
          expect(response.status < 500, `${response.status} ${JSON.stringify(body)} ${text}`).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
  });
});

const fieldNames = [
  ...[
    'model',
    'messages',
    'prompt',
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'n',
    'best_of',
    'seed',
    'stop',
    'stream',
  ],
  ...[
    'stop_token_ids',
    'logit_bias',
    'allowed_token_ids',
    'logprobs',
    'top_logprobs',
    'max_tokens',
    'min_tokens',
  ],
  ...[
    'max_completion_tokens',
    'presence_penalty',
    'frequency_penalty',
    'repetition_penalty',
    'ignore_eos',
    'echo',
  ],
  ...[
    'response_format',
    'structured_outputs',
    'guided_json',
    'guided_choice',
    'guided_grammar',
    'tools',
    'tool_choice',
  ],
  ...[
    'stream_options',
    'cache_salt',
    'truncate_prompt_tokens',
    'add_generation_prompt',
    'continue_final_message',
  ],
  ...[
    'chat_template_kwargs',
    'add_special_tokens',
    'return_token_ids',
    'return_tokens_as_token_ids',
    'user',
    'suffix',
  ],
  ...[
    'skip_special_tokens',
    'include_stop_str_in_output',
    'priority',
    'kv_transfer_params',
    'tokens',
    '__proto__',
  ],
];
