import {
  type ConfigDocument,
  type DocumentPlugin,
  type DocumentProfile,
  hasPlugin,
  isObject,
  mapPlugins,
  nameOf,
  type Parameters,
  withParameters,
} from './document.ts';

const oldApiVersion = 'inference.networking.x-k8s.io/v1alpha1';
const apiVersion = 'llm-d.ai/v1alpha1';
const preciseScorer = 'precise-prefix-cache-scorer';
const preciseProducer = 'precise-prefix-cache-producer';
const prefixScorer = 'prefix-cache-scorer';
const tokenModel = '/mnt/models/base';

/** Scorers of prefixes only score; producers keep the cache. `tokenizerUrl` is null where none is deployed. */
export function toVersion09(document: ConfigDocument, tokenizerUrl: string | null): ConfigDocument {
  const moved = document.apiVersion === oldApiVersion ? { ...document, apiVersion } : document;
  const cleaned = mapPlugins(moved, (plugin) => {
    if (plugin.type !== prefixScorer || plugin.parameters === undefined) return plugin;
    const { prefixMatchInfoProducerName } = plugin.parameters;
    return withParameters(
      plugin,
      prefixMatchInfoProducerName === undefined ? {} : { prefixMatchInfoProducerName },
    );
  });
  if (tokenizerUrl === null) return cleaned;
  return withTokenProducers(decomposePrecise(cleaned), tokenizerUrl);
}

/** One plugin that did three things becomes three; another scorer of prefixes would count them twice. */
function decomposePrecise(document: ConfigDocument): ConfigDocument {
  if (!hasPlugin(document, preciseScorer)) return document;
  const replaced = (document.plugins ?? []).filter(
    ({ type }) => type === preciseScorer || type === prefixScorer,
  );
  const names = new Set(replaced.map(nameOf));
  let isDone = false;
  const plugins = (document.plugins ?? []).flatMap((plugin): readonly DocumentPlugin[] => {
    if (plugin.type === prefixScorer) return [];
    if (plugin.type !== preciseScorer) return [plugin];
    if (isDone) return [];
    isDone = true;
    return [
      ...(hasPlugin(document, 'token-producer') ? [] : [{ type: 'token-producer' }]),
      withParameters({ type: preciseProducer }, producerParameters(plugin.parameters ?? {})),
      { type: prefixScorer, parameters: { prefixMatchInfoProducerName: preciseProducer } },
    ];
  });
  const schedulingProfiles = document.schedulingProfiles?.map((profile) =>
    withOneScorer(profile, names, replaced),
  );
  return { ...document, plugins, ...(schedulingProfiles === undefined ? {} : { schedulingProfiles }) };
}

/** The precise scorer's weight counts where a profile named both. */
function withOneScorer(
  profile: DocumentProfile,
  names: ReadonlySet<string>,
  replaced: readonly DocumentPlugin[],
): DocumentProfile {
  const own = (profile.plugins ?? []).filter(({ pluginRef }) => names.has(pluginRef));
  const precise = new Set(replaced.filter(({ type }) => type === preciseScorer).map(nameOf));
  const kept = own.find(({ pluginRef }) => precise.has(pluginRef)) ?? own[0];
  if (kept === undefined) return profile;
  return {
    ...profile,
    plugins: (profile.plugins ?? []).flatMap((one) => {
      if (!names.has(one.pluginRef)) return [one];
      return one === kept ? [{ ...one, pluginRef: prefixScorer }] : [];
    }),
  };
}

function producerParameters(parameters: Parameters): Parameters {
  const { indexerConfig, tokenProcessorConfig, ...rest } = parameters;
  const indexer = isObject(indexerConfig) ? indexerConfig : {};
  const { tokenizersPoolConfig: _removed, tokenProcessorConfig: nested, ...indexerRest } = indexer;
  const processor = tokenProcessorConfig ?? nested;
  return {
    ...rest,
    ...(processor === undefined ? {} : { tokenProcessorConfig: processor }),
    ...(Object.keys(indexerRest).length === 0 ? {} : { indexerConfig: indexerRest }),
  };
}

function withTokenProducers(document: ConfigDocument, url: string): ConfigDocument {
  return mapPlugins(document, (plugin) => {
    if (plugin.type !== 'token-producer') return plugin;
    const parameters = plugin.parameters ?? {};
    const vllm = isObject(parameters.vllm) ? parameters.vllm : {};
    return {
      ...plugin,
      parameters: {
        ...parameters,
        modelName: parameters.modelName || tokenModel,
        vllm: { ...vllm, url: vllm.url || url },
      },
    };
  });
}
