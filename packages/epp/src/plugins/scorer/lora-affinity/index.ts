import { defineScorer, none } from '../../../framework/define.ts';
import type { EndpointMetrics } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const loraAffinityScorer: PluginDefinition = defineScorer({
  type: 'lora-affinity-scorer',
  stability: 'beta',
  category: 'Affinity',
  summary: 'Prefers engines that have the adapter loaded, then those with room for it.',
  parameters: none,
  create: () => ({
    score: (request, endpoints, out) => {
      for (let i = 0; i < endpoints.length; i++) {
        const metrics = endpoints[i]?.metrics;
        out[i] = metrics === undefined ? 0 : affinity(metrics, request.targetModel);
      }
    },
  }),
});

function affinity(metrics: EndpointMetrics, model: string): number {
  if (metrics.activeModels.includes(model)) return 1;
  if (metrics.activeModels.length + metrics.waitingModels.length < metrics.maxActiveModels) return 0.8;
  return metrics.waitingModels.includes(model) ? 0.6 : 0;
}
