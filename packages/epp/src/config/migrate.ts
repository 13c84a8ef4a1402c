import type { EndpointPickerConfig, PluginSpec } from '@weir/api/epp-config';

const producerType = 'approx-prefix-cache-producer';
const producerParameters = [
  'autoTune',
  'blockSize',
  'blockSizeTokens',
  'maxPrefixBlocksToMatch',
  'maxPrefixTokensToMatch',
  'lruCapacityPerServer',
];
/** The oldest files measured blocks in characters. */
const charactersPerToken = 4;

/**
 * Moves the cache parameters that older files gave to `prefix-cache-scorer` to the producer that has them now
 * (scheduler 13.3), so that a file need not be rewritten.
 */
export function migrateConfig(config: EndpointPickerConfig): {
  readonly config: EndpointPickerConfig;
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  const moved: Record<string, unknown> = {};
  const plugins = config.plugins.map((plugin) => {
    if (plugin.type !== 'prefix-cache-scorer') return plugin;
    const { parameters, taken } = split(plugin);
    if (Object.keys(taken).length === 0) return plugin;
    Object.assign(moved, taken);
    warnings.push(
      `${plugin.path ?? plugin.name}.parameters: ${Object.keys(taken).join(', ')} now belong to ${producerType}`,
    );
    return { ...plugin, parameters };
  });
  const needsProducer =
    Object.keys(moved).length > 0 && !plugins.some((plugin) => plugin.type === producerType);
  if (needsProducer) plugins.push({ name: producerType, type: producerType, parameters: moved, path: null });
  return { config: { ...config, plugins }, warnings };
}

function split(plugin: PluginSpec): {
  parameters: Record<string, unknown>;
  taken: Record<string, unknown>;
} {
  const parameters: Record<string, unknown> = {};
  const taken: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(plugin.parameters)) {
    if (key === 'hashBlockSize' && typeof value === 'number') {
      taken.blockSizeTokens = Math.max(1, Math.ceil(value / charactersPerToken));
    } else if (producerParameters.includes(key)) taken[key] = value;
    else parameters[key] = value;
  }
  return { parameters, taken };
}
