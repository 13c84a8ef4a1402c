import {
  defaultConfigText,
  type EndpointPickerConfig,
  type PluginSpec,
  parseEndpointPickerConfig,
  validateEndpointPickerConfig,
  withDefaults,
} from '@weir/api/epp-config';
import { type FieldError, fieldErrorText, forbidden, notSupported } from '@weir/api/meta';
import type { Consumption, PluginDefinition } from '../framework/plugin.ts';
import { builtInPlugins } from '../plugins/index.ts';
import { migrateConfig } from './migrate.ts';
import { parseParameters } from './parameters.ts';

export interface ResolveOptions {
  /** Plugin types that may be used; default all that are built in. */
  readonly registry?: readonly PluginDefinition[];
  /** Flag `--allow-experimental-plugins`. */
  readonly allowExperimental?: boolean;
}

export interface ResolvedPlugin {
  readonly spec: PluginSpec;
  readonly definition: PluginDefinition;
  /** Checked, with defaults. */
  readonly parameters: unknown;
}

export interface ResolvedConfig {
  readonly config: EndpointPickerConfig;
  /** In an order in which every producer stands before its consumers. */
  readonly plugins: readonly ResolvedPlugin[];
}

export interface Resolution {
  /** Null when there are errors. */
  readonly resolved: ResolvedConfig | null;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly string[];
}

/** How errors about known parts end that have no effect here; of parameters too. */
const notBuiltDetail = 'is known but not built yet';

/** Producers that are added when their data is consumed and nobody produces it (scheduler 3.4). */
const defaultProducers: Readonly<Record<string, string>> = {
  TokenizedRequest: 'token-producer',
  PrefixCacheMatchInfo: 'approx-prefix-cache-producer',
  InFlightLoad: 'inflight-load-producer',
};

/** Checks a configuration text down to the parameters of each plugin. Pure; null or empty text is the default one. */
export function resolveConfig(text: string | null, options: ResolveOptions = {}): Resolution {
  const parsed = parseEndpointPickerConfig(text?.trim() ? text : defaultConfigText);
  if (parsed.errors.length > 0) return { resolved: null, errors: parsed.errors, warnings: parsed.warnings };
  const migrated = migrateConfig(parsed.config);
  const config = withDefaults(migrated.config);
  const warnings = [...parsed.warnings, ...migrated.warnings, ...withoutEffect(config)];
  const registry = new Map((options.registry ?? builtInPlugins).map((one) => [one.type, one]));
  const errors = [...validateEndpointPickerConfig(config), ...unbuiltFields(config)];
  const plugins = config.plugins.flatMap((spec) => resolvePlugin(spec, registry, options, errors));
  const ordered = withProducers(plugins, registry, errors);
  if (errors.length > 0) return { resolved: null, errors, warnings };
  return { resolved: { config, plugins: ordered }, errors, warnings };
}

/** Every problem on a line of its own, as admission and start-up print it. */
export function problemsText(errors: readonly FieldError[]): string {
  return errors.map(fieldErrorText).join('; ');
}

function resolvePlugin(
  spec: PluginSpec,
  registry: ReadonlyMap<string, PluginDefinition>,
  { allowExperimental = false }: ResolveOptions,
  errors: FieldError[],
): ResolvedPlugin[] {
  const definition = registry.get(spec.type);
  const path = spec.path ?? `plugins[name=${spec.name}]`;
  if (definition === undefined) {
    errors.push(notBuilt(`${path}.type`, spec.type, 'plugin'));
    return [];
  }
  if (definition.stability === 'alpha' && !allowExperimental) {
    errors.push(forbidden(`${path}.type`, `${spec.type} is alpha; it needs --allow-experimental-plugins`));
    return [];
  }
  const { parameters, errors: own } = parseParameters(definition, spec.parameters, `${path}.parameters`);
  errors.push(...own);
  return own.length > 0 ? [] : [{ spec, definition, parameters }];
}

/** Adds default producers for data that is consumed, and sorts producers before consumers. */
function withProducers(
  plugins: readonly ResolvedPlugin[],
  registry: ReadonlyMap<string, PluginDefinition>,
  errors: FieldError[],
): ResolvedPlugin[] {
  const byName = new Map(plugins.map((plugin) => [plugin.spec.name, plugin]));
  const ordered: ResolvedPlugin[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (plugin: ResolvedPlugin) => {
    const { name } = plugin.spec;
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') {
      errors.push(forbidden('plugins', `plugins need each other's data in a circle through "${name}"`));
      return;
    }
    state.set(name, 'open');
    for (const consumption of plugin.definition.consumes(plugin.parameters)) {
      const producer = producerOf(consumption, plugin, byName, registry, errors);
      if (producer !== undefined) visit(producer);
    }
    state.set(name, 'done');
    ordered.push(plugin);
  };
  for (const plugin of plugins) visit(plugin);
  return ordered;
}

function producerOf(
  { key, producer }: Consumption,
  consumer: ResolvedPlugin,
  byName: Map<string, ResolvedPlugin>,
  registry: ReadonlyMap<string, PluginDefinition>,
  errors: FieldError[],
): ResolvedPlugin | undefined {
  const name = producer ?? defaultProducers[key.name] ?? '';
  const present = byName.get(name);
  if (present !== undefined) return present;
  const at = `${consumer.spec.path ?? consumer.spec.name}.parameters`;
  const definition = registry.get(name);
  if (definition === undefined || producer !== null) {
    errors.push(forbidden(at, `needs ${key.name} from the plugin "${name}", which is not configured`));
    return undefined;
  }
  const spec: PluginSpec = { name, type: name, parameters: {}, path: null };
  const added = { spec, definition, parameters: parseParameters(definition, {}, at).parameters };
  byName.set(name, added);
  return added;
}

/** Parts of the file whose effect is not built: refused, so that nobody relies on them. */
function unbuiltFields(config: EndpointPickerConfig): FieldError[] {
  const errors: FieldError[] = [];
  if (config.featureGates.get('flowControl') === true) {
    errors.push(notBuilt('featureGates', 'flowControl', 'feature gate'));
  }
  if (config.featureGates.get('haPopulateNonLeaderDatastore') === false) {
    errors.push(notBuilt('featureGates', 'haPopulateNonLeaderDatastore=false', 'setting'));
  }
  if (config.saturationDetector !== null && config.saturationDetector.pluginRef === null) {
    errors.push(notBuilt('saturationDetector', 'saturationDetector', 'field'));
  }
  for (const field of Object.keys(config.dataLayer.other)) {
    errors.push(notBuilt(`dataLayer.${field}`, field, 'field'));
  }
  return errors;
}

function withoutEffect(config: EndpointPickerConfig): string[] {
  if (config.flowControl === null || config.featureGates.get('flowControl') === true) return [];
  return ['flowControl is ignored: its feature gate "flowControl" is off'];
}

/** Valid for pickers of llm-d; only ours cannot run it yet. */
export function isNotBuilt(error: FieldError): boolean {
  return error.type === 'NotSupported' && error.detail.endsWith(notBuiltDetail);
}

function notBuilt(path: string, value: string, what: string): FieldError {
  return { ...notSupported(path, value, []), detail: `this ${what} ${notBuiltDetail}` };
}
