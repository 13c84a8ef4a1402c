import { type PluginKind, pluginCatalogue } from './catalogue.ts';
import type { EndpointPickerConfig, PluginSpec, SchedulingProfileSpec } from './types.ts';

/** What an endpoint picker runs without a configuration (scheduler 3.3). */
export const defaultConfigText: string = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
- type: queue-scorer
- type: kv-cache-utilization-scorer
- type: prefix-cache-scorer
- type: metrics-data-source
- type: core-metrics-extractor
schedulingProfiles:
- name: default
  plugins:
  - pluginRef: queue-scorer
    weight: 2
  - pluginRef: kv-cache-utilization-scorer
    weight: 2
  - pluginRef: prefix-cache-scorer
    weight: 3
dataLayer:
  sources:
  - pluginRef: metrics-data-source
    extractors:
    - pluginRef: core-metrics-extractor
`;

const defaultParsers = ['openai-parser', 'anthropic-parser', 'vllmhttp-parser', 'passthrough-parser'];

/** Fills in what the file left out, in the order of scheduler 3.4: profile, handler, pickers, data layer, parsers. */
export function withDefaults(config: EndpointPickerConfig): EndpointPickerConfig {
  const plugins = [...config.plugins];
  const profiles = withProfile(config, plugins);
  if (profiles.length === 1 && first(plugins, 'profile-handler') === undefined) {
    ensure(plugins, 'single-profile-handler');
  }
  const schedulingProfiles = profiles.map((profile) => withPicker(profile, plugins));
  const dataLayer = withMetricsSource(config, plugins);
  const parsers = config.parsers.length > 0 ? config.parsers : defaultParsers;
  if (config.parsers.length === 0) for (const type of defaultParsers) ensure(plugins, type);
  return { ...config, plugins, schedulingProfiles, dataLayer, parsers };
}

function withProfile(
  config: EndpointPickerConfig,
  plugins: readonly PluginSpec[],
): readonly SchedulingProfileSpec[] {
  if (config.schedulingProfiles.length > 0) return config.schedulingProfiles;
  const members = plugins.filter((plugin) => isOf(plugin, 'filter', 'scorer', 'picker'));
  return [{ name: 'default', plugins: members.map(({ name }) => ({ pluginRef: name, weight: 1 })) }];
}

/** With several pickers configured the first one serves; llm-d takes any of them. */
function withPicker(profile: SchedulingProfileSpec, plugins: PluginSpec[]): SchedulingProfileSpec {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const hasPicker = profile.plugins.some(({ pluginRef }) => {
    const plugin = byName.get(pluginRef);
    return plugin !== undefined && isOf(plugin, 'picker');
  });
  if (hasPicker) return profile;
  const picker = first(plugins, 'picker') ?? ensure(plugins, 'max-score-picker');
  return { ...profile, plugins: [...profile.plugins, { pluginRef: picker.name, weight: 1 }] };
}

function withMetricsSource(
  config: EndpointPickerConfig,
  plugins: PluginSpec[],
): EndpointPickerConfig['dataLayer'] {
  const { dataLayer } = config;
  const isNamed = dataLayer.sources.some((source) => source.pluginRef === 'metrics-data-source');
  if (!dataLayer.injectDefaults || isNamed) return dataLayer;
  // A source under another name serves as well: a second, default one would only scrape twice.
  const renamed = dataLayer.sources.some((source) =>
    plugins.some((plugin) => plugin.name === source.pluginRef && plugin.type === 'metrics-data-source'),
  );
  if (renamed) return dataLayer;
  const source = plugins.find((plugin) => plugin.type === 'metrics-data-source');
  const extractor = plugins.find((plugin) => plugin.type === 'core-metrics-extractor');
  return {
    ...dataLayer,
    sources: [
      ...dataLayer.sources,
      {
        pluginRef: (source ?? ensure(plugins, 'metrics-data-source')).name,
        extractors: [(extractor ?? ensure(plugins, 'core-metrics-extractor')).name],
      },
    ],
  };
}

function first(plugins: readonly PluginSpec[], kind: PluginKind): PluginSpec | undefined {
  return plugins.find((plugin) => isOf(plugin, kind));
}

function ensure(plugins: PluginSpec[], type: string): PluginSpec {
  const present = plugins.find((plugin) => plugin.name === type);
  if (present !== undefined) return present;
  const added: PluginSpec = { name: type, type, parameters: {}, path: null };
  plugins.push(added);
  return added;
}

// A detector can filter too, but only where a profile names it.
function isOf(plugin: PluginSpec, ...kinds: readonly PluginKind[]): boolean {
  const own = pluginCatalogue.get(plugin.type)?.kinds ?? [];
  return kinds.some((kind) => own.includes(kind)) && !own.includes('saturation-detector');
}
