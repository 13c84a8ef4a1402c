import {
  type ConfigDocument,
  type DocumentPlugin,
  hasPlugin,
  isObject,
  mapPlugins,
  nameOf,
  type Parameters,
  renameType,
  withParameters,
} from './document.ts';

const charactersPerToken = 4;
const handlerType = 'disagg-profile-handler';
const alwaysDecider = 'always-disagg-pd-decider';
const prefixDecider = 'prefix-based-pd-decider';

/** Flags of the picker that became parameters of a plugin, and their names there. */
export const metricFlags: Readonly<Record<string, string>> = {
  'total-queued-requests-metric': 'queuedRequestsSpec',
  'total-running-requests-metric': 'runningRequestsSpec',
  'kv-cache-usage-percentage-metric': 'kvUsageSpec',
  'lora-info-metric': 'loraSpec',
  'cache-info-metric': 'cacheInfoSpec',
};

/** Handlers of disaggregation got new names, and the choice whether to disaggregate became a plugin. */
export function toVersion07(document: ConfigDocument): ConfigDocument {
  const renamed = renameType(
    renameType(document, 'prefill-header-handler', 'disagg-headers-handler'),
    'pd-profile-handler',
    handlerType,
  );
  return mapPlugins(withDeciders(renamed), (plugin) => {
    const { hashBlockSize: _removed, ...rest } = plugin.parameters ?? {};
    return plugin.parameters === undefined || !('hashBlockSize' in plugin.parameters)
      ? plugin
      : withParameters(plugin, rest);
  });
}

function withDeciders(document: ConfigDocument): ConfigDocument {
  const names = new Set((document.plugins ?? []).map(nameOf));
  return mapPlugins(document, (plugin) => {
    const { parameters = {} } = plugin;
    if (plugin.type !== handlerType || parameters.deciders !== undefined) return plugin;
    const { deciderPluginName, threshold, ...rest } = parameters;
    const decider = deciderOf(deciderPluginName, threshold);
    if (decider === null) return plugin;
    const added = decider.plugin === null || names.has(decider.name) ? [] : [decider.plugin];
    names.add(decider.name);
    return [...added, withParameters(plugin, { ...rest, deciders: { prefill: decider.name } })];
  });
}

/** The decider's name, and the plugin to add for it; null for one that only the file can declare. */
function deciderOf(
  name: unknown,
  threshold: unknown,
): { readonly name: string; readonly plugin: DocumentPlugin | null } | null {
  if (typeof name === 'string' && name !== '') {
    return { name, plugin: name === alwaysDecider || name === prefixDecider ? { type: name } : null };
  }
  if (typeof threshold !== 'number') return null;
  if (threshold === 0) return { name: alwaysDecider, plugin: { type: alwaysDecider } };
  const nonCachedTokens = Math.max(1, Math.ceil(threshold / charactersPerToken));
  return { name: prefixDecider, plugin: { type: prefixDecider, parameters: { nonCachedTokens } } };
}

/** The plugin that knows the names of metrics, before version 0.8 and since. */
const metricPlugins = ['model-server-protocol-metrics', 'core-metrics-extractor'] as const;

/** The metric names that flags gave become a plugin, unless the file declares it; `values` by flag. */
export function withMetricNames(document: ConfigDocument, values: Parameters): ConfigDocument {
  const specs = Object.entries(metricFlags).flatMap(([flag, parameter]) =>
    values[flag] === undefined ? [] : [[parameter, values[flag]] as const],
  );
  const isDeclared = metricPlugins.some((type) => hasPlugin(document, type));
  if (specs.length === 0 || isDeclared) return document;
  const plugin: DocumentPlugin = {
    type: metricPlugins[0],
    parameters: {
      engineLabelKey: 'inference.networking.k8s.io/engine-type',
      defaultEngine: 'vllm',
      engineConfigs: [{ name: 'vllm', ...Object.fromEntries(specs) }],
    },
  };
  return { ...document, plugins: [...(document.plugins ?? []), plugin] };
}

/** What a tokenizer in the picker's own pod needs: where it listens, and the parameters under their later names. */
export function forTokenizerSidecar(document: ConfigDocument): ConfigDocument {
  return mapPlugins(document, (plugin) => {
    const { parameters = {} } = plugin;
    if (plugin.type === 'precise-prefix-cache-scorer') {
      return { ...plugin, parameters: withTokenizerSocket(parameters) };
    }
    const isOld = plugin.type === 'prefix-cache-scorer' && parameters.blockSize !== undefined;
    if (!isOld || parameters.blockSizeTokens !== undefined) return plugin;
    return { ...plugin, parameters: { ...parameters, blockSizeTokens: parameters.blockSize } };
  });
}

function withTokenizerSocket(parameters: Parameters): Parameters {
  const indexer = isObject(parameters.indexerConfig) ? parameters.indexerConfig : {};
  const pool = isObject(indexer.tokenizersPoolConfig) ? indexer.tokenizersPoolConfig : {};
  const uds = isObject(pool.uds) ? pool.uds : {};
  const processor = parameters.tokenProcessorConfig ?? indexer.tokenProcessorConfig;
  return {
    ...parameters,
    ...(processor === undefined ? {} : { tokenProcessorConfig: processor }),
    indexerConfig: {
      ...indexer,
      tokenizersPoolConfig: {
        ...pool,
        modelName: 'base',
        uds: { ...uds, socketFile: '/tmp/tokenizer/tokenizer-uds.socket' },
      },
    },
  };
}
