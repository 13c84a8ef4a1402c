import { inFlightLoad } from '../../../framework/data-key.ts';
import { defineDataProducer, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { InFlightCounts } from './counts.ts';

export const inflightLoadProducer: PluginDefinition = defineDataProducer({
  type: 'inflight-load-producer',
  stability: 'beta',
  summary: 'Counts the requests that were sent to each endpoint and have not ended.',
  parameters: none,
  unbuiltParameters: [
    'addEstimatedOutputTokens',
    'outputRatio',
    'maxEstimatedOutputTokens',
    'prefixMatchInfoProducerName',
    'syncCrossReplicaState',
  ],
  produces: [inFlightLoad],
  create: (_, { name }) => {
    const counts = new InFlightCounts();
    return {
      produce: (request, __, slots) => request.data.set(inFlightLoad, name, { requests: counts.upTo(slots) }),
      preRequest: (_request, result) => {
        const target = result.targets[0];
        if (target !== undefined) counts.add(target);
      },
      onRetarget: (_request, from, to) => {
        counts.release(from);
        counts.add(to);
      },
      onEnd: (_request, target) => counts.release(target),
      onEndpointRemoved: (endpoint) => counts.drop(endpoint),
    };
  },
});
