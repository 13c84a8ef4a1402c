import * as z from 'zod';
import { prefixCacheMatchInfo } from '../../../framework/data-key.ts';
import { defineScorer } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const prefixCacheScorer: PluginDefinition = defineScorer({
  type: 'prefix-cache-scorer',
  stability: 'beta',
  category: 'Affinity',
  summary: 'Prefers endpoints that hold more of the prompt in their prefix cache.',
  parameters: z.strictObject({
    prefixMatchInfoProducerName: z
      .string()
      .default('')
      .describe('Producer of the match; empty: approx-prefix-cache-producer.'),
    matchLengthWeight: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Share of the match length in the score.'),
    matchLengthScaleTokens: z.number().positive().default(8192).describe('Match length that counts in full.'),
  }),
  consumes: ({ prefixMatchInfoProducerName }) => [
    { key: prefixCacheMatchInfo, producer: prefixMatchInfoProducerName || null },
  ],
  create: ({ prefixMatchInfoProducerName, matchLengthWeight, matchLengthScaleTokens }) => {
    const producer = prefixMatchInfoProducerName || 'approx-prefix-cache-producer';
    return {
      score: (request, endpoints, out) => {
        const match = request.data.get(prefixCacheMatchInfo, producer);
        if (match === undefined || match.totalBlocks === 0) {
          out.fill(0, 0, endpoints.length);
          return;
        }
        const { matchBlocks, totalBlocks, blockSizeTokens } = match;
        for (let i = 0; i < endpoints.length; i++) {
          const blocks = matchBlocks[endpoints[i]?.slot ?? 0] ?? 0;
          const length = Math.min(1, (blocks * blockSizeTokens) / matchLengthScaleTokens);
          out[i] = (1 - matchLengthWeight) * (blocks / totalBlocks) + matchLengthWeight * length * length;
        }
      },
    };
  },
});
