import { defineScorer, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { scoreLowerIsBetter } from '../min-max.ts';

export const runningRequestsSizeScorer: PluginDefinition = defineScorer({
  type: 'running-requests-size-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Prefers engines with fewer running requests.',
  parameters: none,
  create: () => ({
    score: (_, endpoints, out) =>
      scoreLowerIsBetter(endpoints, out, (endpoint) => endpoint.metrics.runningRequests),
  }),
});
