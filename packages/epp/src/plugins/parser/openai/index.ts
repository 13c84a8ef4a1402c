import { defineParser, none } from '../../../framework/define.ts';
import type { ParsedRequest } from '../../../framework/parser.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import type { ChatMessage, ParsedBody, Prompt } from '../../../framework/request.ts';
import { badRequest, type JsonObject, modelOf, parseJsonObject, textOr } from '../json-body.ts';

/** How the prompt is found in each API, by path suffix. */
const apis: readonly (readonly [suffix: string, read: (fields: JsonObject) => ParsedBody])[] = [
  ['chat/completions/render', readChat],
  ['completions/render', readCompletion],
  ['chat/completions', readChat],
  ['completions', readCompletion],
  ['embeddings', readEmbeddings],
  ['responses', readResponses],
  ['conversations', () => ({ type: 'raw' })],
  ['images/generations', readImages],
];

export const openaiParser: PluginDefinition = defineParser({
  type: 'openai-parser',
  stability: 'beta',
  summary: 'Understands the OpenAI API: chat and text completions, embeddings, responses, images.',
  parameters: none,
  create: () => ({ paths: apis.map(([suffix]) => suffix), parse }),
});

function parse(path: string, body: Uint8Array): ParsedRequest {
  const fields = parseJsonObject(body);
  const read = apis.find(([suffix]) => path.endsWith(suffix))?.[1] ?? readChat;
  return { model: modelOf(fields), isStreaming: fields.stream === true, body: read(fields) };
}

function readChat(fields: JsonObject): ParsedBody {
  if (!Array.isArray(fields.messages) || fields.messages.length === 0) {
    throw badRequest('invalid chat completions request: must have valid messages field');
  }
  const messages = fields.messages.map((message: unknown, i): ChatMessage => {
    if (typeof message !== 'object' || message === null) {
      throw badRequest(`invalid chat completions request: messages[${i}] must be an object`);
    }
    const { role, content } = message as JsonObject;
    return { role: textOr(role, ''), content };
  });
  return { type: 'chat', messages, tools: fields.tools, cacheSalt: textOr(fields.cache_salt, '') };
}

function readCompletion(fields: JsonObject): ParsedBody {
  const prompts = readPrompts(fields.prompt);
  if (prompts === null) throw badRequest('invalid completions request: must have valid prompt field');
  return { type: 'completion', prompts, cacheSalt: textOr(fields.cache_salt, '') };
}

function readEmbeddings(fields: JsonObject): ParsedBody {
  const prompts = readPrompts(fields.input);
  if (prompts === null) throw badRequest('invalid embeddings request: must have valid input field');
  return { type: 'completion', prompts, cacheSalt: textOr(fields.cache_salt, '') };
}

/** A text, texts, token ids, or lists of token ids. */
function readPrompts(value: unknown): readonly Prompt[] | null {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value) || value.length === 0) return null;
  if (isTokenList(value)) return [value];
  return value.every((item) => typeof item === 'string' || isTokenList(item)) ? (value as Prompt[]) : null;
}

function isTokenList(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));
}

/** Input items have the shape of messages; what has none (a tool's result) counts as its JSON. */
function readResponses(fields: JsonObject): ParsedBody {
  const { input, instructions } = fields;
  if (typeof input !== 'string' && !Array.isArray(input)) {
    throw badRequest('invalid responses request: must have valid input field');
  }
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const system: ChatMessage[] =
    typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  return {
    type: 'chat',
    messages: [...system, ...items.map(toMessage)],
    tools: fields.tools,
    cacheSalt: textOr(fields.cache_salt, ''),
  };
}

function toMessage(item: unknown): ChatMessage {
  const { role, content } = (typeof item === 'object' && item !== null ? item : {}) as JsonObject;
  return { role: textOr(role, ''), content: content ?? JSON.stringify(item) ?? '' };
}

function readImages(fields: JsonObject): ParsedBody {
  if (typeof fields.prompt !== 'string') {
    throw badRequest('invalid images request: must have valid prompt field');
  }
  return { type: 'completion', prompts: [fields.prompt], cacheSalt: '' };
}
