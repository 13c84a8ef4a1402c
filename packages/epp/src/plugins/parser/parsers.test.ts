import { WeirError } from '@weir/core/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Parser } from '../../framework/parser.ts';
import { createPlugin, pluginContract } from '../../framework/plugin.contract.ts';
import { anthropicParser } from './anthropic/index.ts';
import { openaiParser } from './openai/index.ts';
import { passthroughParser } from './passthrough/index.ts';
import { vllmhttpParser } from './vllmhttp/index.ts';

pluginContract(anthropicParser, new URL('anthropic/', import.meta.url));
pluginContract(openaiParser, new URL('openai/', import.meta.url));
pluginContract(passthroughParser, new URL('passthrough/', import.meta.url));
pluginContract(vllmhttpParser, new URL('vllmhttp/', import.meta.url));

const openai = createPlugin(openaiParser) as Parser;

function parse(path: string, body: unknown, parser: Parser = openai): unknown {
  return parser.parse(path, Buffer.from(JSON.stringify(body)));
}

test('a chat request gives model, streaming, messages, tools and salt', () => {
  const messages = [{ role: 'user', content: 'hi' }];
  expect(
    parse('/v1/chat/completions', { model: 'm', stream: true, messages, tools: [1], cache_salt: 's' }),
  ).toEqual({
    model: 'm',
    isStreaming: true,
    body: { type: 'chat', messages, tools: [1], cacheSalt: 's' },
  });
});

test.each([
  ['a', ['a']],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [[1, 2], [[1, 2]]],
  [
    [[1], [2, 3]],
    [[1], [2, 3]],
  ],
])('a completion prompt may be %j', (prompt, prompts) => {
  expect(parse('/v1/completions', { model: 'm', prompt })).toMatchObject({
    body: { type: 'completion', prompts },
  });
  expect(parse('/v1/embeddings', { model: 'm', input: prompt })).toMatchObject({ body: { prompts } });
});

test('the responses API is read as a chat with its instructions first', () => {
  expect(parse('/v1/responses', { model: 'm', instructions: 'be kind', input: 'hi' })).toMatchObject({
    body: {
      type: 'chat',
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'hi' },
      ],
    },
  });
});

test('a messages request has its system prompt first', () => {
  const parser = createPlugin(anthropicParser) as Parser;
  const body = { model: 'm', system: 's', messages: [{ role: 'user', content: 'hi' }] };
  expect(parse('/v1/messages', body, parser)).toMatchObject({
    body: {
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'hi' },
      ],
    },
  });
});

test('token ids come as they are', () => {
  const parser = createPlugin(vllmhttpParser) as Parser;
  expect(parse('/inference/v1/generate', { token_ids: [1, 2] }, parser)).toMatchObject({
    body: { type: 'completion', prompts: [[1, 2]] },
  });
  expect(() => parse('/inference/v1/generate', { token_ids: ['a'] }, parser)).toThrow(/token_ids/);
});

test('any body is either understood or refused with status 400', () => {
  const paths = [
    '/v1/chat/completions',
    '/v1/completions',
    '/v1/embeddings',
    '/v1/responses',
    '/v1/images/generations',
  ];
  const field = fc.constantFrom('model', 'messages', 'prompt', 'input', 'stream', 'tools', 'cache_salt');
  const bodies = fc.dictionary(field, fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom(...paths), bodies, (path, body) => {
      try {
        parse(path, body);
      } catch (error) {
        expect(error).toBeInstanceOf(WeirError);
        expect((error as WeirError).status).toBe(400);
      }
    }),
  );
});

test('a body that is not UTF-8 is refused', () => {
  expect(() => openai.parse('/v1/completions', Buffer.of(0x7b, 0xff, 0x7d))).toThrow(/not valid JSON/);
});
