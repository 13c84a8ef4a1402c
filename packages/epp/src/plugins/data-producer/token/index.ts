import * as z from 'zod';
import { tokenizedRequest } from '../../../framework/data-key.ts';
import { defineDataProducer } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { estimateTokens } from './estimate.ts';

export const tokenProducer: PluginDefinition = defineDataProducer({
  type: 'token-producer',
  stability: 'beta',
  summary: 'Estimates the tokens of a prompt as four bytes of text each.',
  parameters: z.strictObject({
    modelName: z.string().optional().describe('Model whose tokenizer to use; estimates need none.'),
  }),
  unbuiltParameters: ['vllm', 'udsTokenizerConfig', 'estimate'],
  produces: [tokenizedRequest],
  create: (_, { name }) => ({
    produce: (request) => request.data.set(tokenizedRequest, name, estimateTokens(request.body)),
  }),
});
