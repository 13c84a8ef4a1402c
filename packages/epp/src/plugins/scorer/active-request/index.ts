import * as z from 'zod';
import { inFlightLoad } from '../../../framework/data-key.ts';
import { defineScorer } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const activeRequestScorer: PluginDefinition = defineScorer({
  type: 'active-request-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Prefers endpoints with fewer requests that this picker sent and that have not ended.',
  parameters: z.strictObject({
    idleThreshold: z.number().min(0).default(0).describe('Up to this many requests score 1.'),
    maxBusyScore: z.number().min(0).max(1).default(1).describe('Best score of an endpoint that is not idle.'),
    inFlightLoadProducerName: z
      .string()
      .default('')
      .describe('Producer of the counts; empty: the default one.'),
    requestTimeout: z.string().optional().describe('Accepted from older files; counts end with the request.'),
  }),
  consumes: ({ inFlightLoadProducerName }) => [
    { key: inFlightLoad, producer: inFlightLoadProducerName || null },
  ],
  create: ({ idleThreshold, maxBusyScore, inFlightLoadProducerName }) => {
    const producer = inFlightLoadProducerName || 'inflight-load-producer';
    return {
      score: (request, endpoints, out) => {
        const counts = request.data.get(inFlightLoad, producer)?.requests;
        let max = 0;
        for (let i = 0; i < endpoints.length; i++) {
          const count = counts?.[endpoints[i]?.slot ?? 0] ?? 0;
          out[i] = count;
          if (count > max) max = count;
        }
        for (let i = 0; i < endpoints.length; i++) {
          const count = out[i] ?? 0;
          out[i] = count <= idleThreshold ? 1 : ((max - count) / max) * maxBusyScore;
        }
      },
    };
  },
});
