import * as z from 'zod';
import { prefixCacheMatchInfo } from '../../../framework/data-key.ts';
import { defineScorer } from '../../../framework/define.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import type { InferenceRequest } from '../../../framework/request.ts';
import { ColdOrder } from './cold-order.ts';

export const noHitLruScorer: PluginDefinition = defineScorer({
  type: 'no-hit-lru-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Spreads prompts that no endpoint knows: the endpoint least recently given one scores best.',
  parameters: z
    .strictObject({
      lruSize: z.int().positive().default(1024).describe('Endpoints remembered.'),
      prefixMatchInfoProducerName: z
        .string()
        .default('')
        .describe('Producer of the match; empty: approx-prefix-cache-producer.'),
      prefixPluginName: z.string().optional().describe('Older name of prefixMatchInfoProducerName.'),
      prefixPluginType: z.string().optional().describe('Accepted from older files; the name decides.'),
    })
    .transform(({ prefixPluginName, prefixPluginType: _, ...rest }) => ({
      ...rest,
      prefixMatchInfoProducerName: rest.prefixMatchInfoProducerName || olderName(prefixPluginName),
    })),
  consumes: ({ prefixMatchInfoProducerName }) => [
    { key: prefixCacheMatchInfo, producer: prefixMatchInfoProducerName || null },
  ],
  create: ({ lruSize, prefixMatchInfoProducerName }) => {
    const producer = prefixMatchInfoProducerName || 'approx-prefix-cache-producer';
    const order = new ColdOrder(lruSize);
    const isCold = (request: InferenceRequest) =>
      (request.data.get(prefixCacheMatchInfo, producer)?.longestMatch ?? 0) === 0;
    return {
      score: (request, endpoints, out) => {
        if (isCold(request)) order.score(endpoints, out);
        else out.fill(0.5, 0, endpoints.length);
      },
      preRequest: (request, result) => {
        if (!isCold(request)) return;
        order.touch(result.targets[0] as Endpoint);
        const prefill = result.profiles.get('prefill')?.targets[0];
        if (prefill !== undefined) order.touch(prefill);
      },
      onEndpointRemoved: (endpoint) => order.remove(endpoint),
    };
  },
});

/** Before producers existed the name was that of the prefix scorer, whose matches are now produced elsewhere. */
function olderName(name: string | undefined): string {
  return name === undefined || name.endsWith('-scorer') ? '' : name;
}
