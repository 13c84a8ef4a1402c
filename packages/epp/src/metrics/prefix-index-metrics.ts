import type { MetricsRegistry } from '@weir/core/metrics';
import type { PluginMetrics } from '../framework/plugin-metrics.ts';

const labelNames = ['plugin_name', 'plugin_type'];
/** Tokens are counted as four bytes each, as llm-d's dashboards expect. */
const bytesPerToken = 4;

export function createPrefixIndexMetrics(registry: MetricsRegistry): PluginMetrics {
  const size = registry.gauge({
    name: 'llm_d_epp_prefix_indexer_size',
    help: 'Distinct prompt blocks in the prefix index.',
    labelNames,
  });
  const hitRatio = registry.histogram({
    name: 'llm_d_epp_prefix_indexer_hit_ratio',
    help: 'Share of the prompt that the best endpoint is believed to hold.',
    labelNames,
    buckets: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  });
  const hitBytes = registry.histogram({
    name: 'llm_d_epp_prefix_indexer_hit_bytes',
    help: 'Length of the prompt that the best endpoint is believed to hold.',
    labelNames,
    buckets: [0, ...Array.from({ length: 13 }, (_, k) => 16 * 2 ** k)],
  });
  return {
    prefixIndex: (pluginName, pluginType) => {
      const labels = { plugin_name: pluginName, plugin_type: pluginType };
      const [sizeOf, ratioOf, bytesOf] = [
        size.labels(labels),
        hitRatio.labels(labels),
        hitBytes.labels(labels),
      ];
      return {
        size: (blocks) => sizeOf.set(blocks),
        lookup: (matchedBlocks, totalBlocks, blockSizeTokens) => {
          if (totalBlocks === 0) return;
          ratioOf.observe(matchedBlocks / totalBlocks);
          bytesOf.observe(matchedBlocks * blockSizeTokens * bytesPerToken);
        },
      };
    },
  };
}
