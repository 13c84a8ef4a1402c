import type { Parser } from '../framework/parser.ts';
import type { Handle, Plugin } from '../framework/plugin.ts';
import type { ProfileHandler } from '../framework/profile-handler.ts';
import { type MetricsSourceSettings, metricsSourceParameters } from '../plugins/data-source/metrics/index.ts';
import { type CoreMetricsSettings, coreMetricsParameters } from '../plugins/extractor/core-metrics/index.ts';
import { compileProfile, type RunProfile, type SchedulerProfile } from '../scheduling/profile.ts';
import { createScheduler, type Scheduler } from '../scheduling/scheduler.ts';
import type { ResolvedConfig, ResolvedPlugin } from './resolve.ts';

/** Plugins of one extension point, in order. */
export type Having<K extends keyof Plugin> = readonly (Required<Pick<Plugin, K>> & Plugin)[];

/** A configuration made live: everything the director needs for a request, and the data layer's settings. */
export interface LiveConfig {
  readonly schedule: Scheduler;
  readonly parsers: readonly Parser[];
  readonly producers: Having<'produce'>;
  readonly preRequests: Having<'preRequest'>;
  readonly retargets: Having<'onRetarget'>;
  readonly ends: Having<'onEnd'>;
  readonly observers: Having<'onEndpointRemoved'>;
  /** Null: nothing is scraped (`injectDefaults: false` without a source). */
  readonly metricsSource: MetricsSourceSettings | null;
  readonly coreMetrics: CoreMetricsSettings;
}

/** Creates the plugins and compiles the profiles. */
export function instantiate(resolved: ResolvedConfig, handle: Omit<Handle, 'name'>): LiveConfig {
  const live = new Map<string, Plugin>();
  for (const { spec, definition, parameters } of resolved.plugins) {
    live.set(spec.name, definition.create(parameters, { ...handle, name: spec.name }));
  }
  const plugins = [...live.values()];
  return {
    schedule: createScheduler(findHandler(plugins), compileProfiles(resolved, live)),
    parsers: resolved.config.parsers.flatMap((name) => asParser(live.get(name))),
    producers: having(plugins, 'produce'),
    preRequests: having(plugins, 'preRequest'),
    retargets: having(plugins, 'onRetarget'),
    ends: having(plugins, 'onEnd'),
    observers: having(plugins, 'onEndpointRemoved'),
    metricsSource: metricsSource(resolved),
    coreMetrics: coreMetrics(resolved),
  };
}

function having<K extends keyof Plugin>(plugins: readonly Plugin[], member: K): Having<K> {
  return plugins.filter(
    (plugin): plugin is Required<Pick<Plugin, K>> & Plugin => plugin[member] !== undefined,
  );
}

function findHandler(plugins: readonly Plugin[]): ProfileHandler {
  const [handler] = having(plugins, 'pickProfiles');
  if (handler === undefined) throw new Error('a resolved configuration has a profile handler');
  return handler as ProfileHandler;
}

function asParser(plugin: Plugin | undefined): Parser[] {
  return plugin?.parse === undefined || plugin.paths === undefined ? [] : [plugin as Parser];
}

function compileProfiles(
  resolved: ResolvedConfig,
  live: ReadonlyMap<string, Plugin>,
): Map<string, RunProfile> {
  const profiles = new Map<string, RunProfile>();
  for (const { name, plugins } of resolved.config.schedulingProfiles) {
    profiles.set(name, compileProfile(collectProfile(name, plugins, live)));
  }
  return profiles;
}

function collectProfile(
  name: string,
  members: ResolvedConfig['config']['schedulingProfiles'][number]['plugins'],
  live: ReadonlyMap<string, Plugin>,
): SchedulerProfile {
  const filters: SchedulerProfile['filters'][number][] = [];
  const scorers: SchedulerProfile['scorers'][number][] = [];
  let picker: SchedulerProfile['picker'] | undefined;
  for (const { pluginRef, weight } of members) {
    const plugin = live.get(pluginRef);
    if (plugin?.filter !== undefined) filters.push({ name: pluginRef, plugin: { filter: plugin.filter } });
    if (plugin?.score !== undefined)
      scorers.push({ name: pluginRef, weight, plugin: { score: plugin.score } });
    if (plugin?.pick !== undefined) picker = { name: pluginRef, plugin: { pick: plugin.pick } };
  }
  if (picker === undefined) throw new Error(`a resolved profile has a picker; "${name}" has none`);
  return { name, filters, scorers, picker };
}

function metricsSource(resolved: ResolvedConfig): MetricsSourceSettings | null {
  const names = resolved.config.dataLayer.sources.map((source) => source.pluginRef);
  const found = ofType(resolved, 'metrics-data-source').find(({ spec }) => names.includes(spec.name));
  return found === undefined ? null : metricsSourceParameters.parse(found.spec.parameters);
}

function coreMetrics(resolved: ResolvedConfig): CoreMetricsSettings {
  const [found] = ofType(resolved, 'core-metrics-extractor');
  return coreMetricsParameters.parse(found?.spec.parameters ?? {});
}

function ofType({ plugins }: ResolvedConfig, type: string): readonly ResolvedPlugin[] {
  return plugins.filter((plugin) => plugin.definition.type === type);
}
