import { defineScorer, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { scoreLowerIsBetter } from '../min-max.ts';

export const queueScorer: PluginDefinition = defineScorer({
  type: 'queue-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Prefers engines with fewer waiting requests.',
  parameters: none,
  create: () => ({
    score: (_, endpoints, out) =>
      scoreLowerIsBetter(endpoints, out, (endpoint) => endpoint.metrics.waitingQueueSize),
  }),
});
