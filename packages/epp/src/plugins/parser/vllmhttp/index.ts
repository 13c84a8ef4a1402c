import { defineParser, none } from '../../../framework/define.ts';
import type { ParsedRequest } from '../../../framework/parser.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { badRequest, modelOf, parseJsonObject, textOr } from '../json-body.ts';

export const vllmhttpParser: PluginDefinition = defineParser({
  type: 'vllmhttp-parser',
  stability: 'beta',
  summary: "Understands vLLM's token-in API.",
  parameters: none,
  create: () => ({ paths: ['inference/v1/generate'], parse }),
});

function parse(_path: string, body: Uint8Array): ParsedRequest {
  const fields = parseJsonObject(body);
  const { token_ids: tokens } = fields;
  if (!Array.isArray(tokens) || !tokens.every((token) => Number.isInteger(token))) {
    throw badRequest('invalid generate request: must have valid token_ids field');
  }
  return {
    model: modelOf(fields),
    isStreaming: fields.stream === true,
    body: { type: 'completion', prompts: [tokens], cacheSalt: textOr(fields.cache_salt, '') },
  };
}
