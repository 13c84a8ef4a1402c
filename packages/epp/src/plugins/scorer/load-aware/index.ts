import * as z from 'zod';
import { defineScorer } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const loadAwareScorer: PluginDefinition = defineScorer({
  type: 'load-aware-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Scores 0.5 without a queue, falling to 0 at a threshold of waiting requests.',
  parameters: z.strictObject({
    threshold: z.number().positive().default(128).describe('Waiting requests that score 0.'),
  }),
  create: ({ threshold }) => ({
    score: (_, endpoints, out) => {
      for (let i = 0; i < endpoints.length; i++) {
        const waiting = endpoints[i]?.metrics.waitingQueueSize ?? 0;
        out[i] = 0.5 * (1 - Math.min(waiting, threshold) / threshold);
      }
    },
  }),
});
