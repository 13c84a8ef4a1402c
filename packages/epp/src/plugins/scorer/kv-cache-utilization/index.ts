import { defineScorer, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const kvCacheUtilizationScorer: PluginDefinition = defineScorer({
  type: 'kv-cache-utilization-scorer',
  stability: 'beta',
  category: 'Distribution',
  summary: 'Prefers engines with more free KV cache.',
  parameters: none,
  create: () => ({
    score: (_, endpoints, out) => {
      for (let i = 0; i < endpoints.length; i++) out[i] = 1 - (endpoints[i]?.metrics.kvCacheUsage ?? 0);
    },
  }),
});
