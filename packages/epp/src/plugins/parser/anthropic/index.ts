import { defineParser, none } from '../../../framework/define.ts';
import type { ParsedRequest } from '../../../framework/parser.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import type { ChatMessage } from '../../../framework/request.ts';
import { badRequest, type JsonObject, modelOf, parseJsonObject, textOr } from '../json-body.ts';

export const anthropicParser: PluginDefinition = defineParser({
  type: 'anthropic-parser',
  stability: 'beta',
  summary: 'Understands the Anthropic messages API.',
  parameters: none,
  create: () => ({ paths: ['messages', 'messages/count_tokens'], parse }),
});

function parse(_path: string, body: Uint8Array): ParsedRequest {
  const fields = parseJsonObject(body);
  if (!Array.isArray(fields.messages) || fields.messages.length === 0) {
    throw badRequest('invalid messages request: must have valid messages field');
  }
  const system: ChatMessage[] =
    fields.system === undefined ? [] : [{ role: 'system', content: fields.system }];
  const messages = fields.messages.map((message: unknown, i): ChatMessage => {
    if (typeof message !== 'object' || message === null) {
      throw badRequest(`invalid messages request: messages[${i}] must be an object`);
    }
    const { role, content } = message as JsonObject;
    return { role: textOr(role, ''), content };
  });
  return {
    model: modelOf(fields),
    isStreaming: fields.stream === true,
    body: { type: 'chat', messages: [...system, ...messages], tools: fields.tools, cacheSalt: '' },
  };
}
