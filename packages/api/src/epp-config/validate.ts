import { nearest } from '@weir/core/errors';
import { duplicate, type FieldError, forbidden, invalid, required } from '../meta/index.ts';
import { type PluginKind, pluginCatalogue } from './catalogue.ts';
import type { EndpointPickerConfig, PluginSpec, SchedulingProfileSpec } from './types.ts';

/** What the parts of a configuration say about each other (scheduler 3.5); call it after `withDefaults`. */
export function validateEndpointPickerConfig(config: EndpointPickerConfig): FieldError[] {
  const byName = new Map(config.plugins.map((plugin) => [plugin.name, plugin]));
  return [
    ...duplicateNames(config.plugins),
    ...profileHandlers(config),
    ...config.schedulingProfiles.flatMap((profile, i) => profileErrors(profile, i, config, byName)),
    ...references(config.parsers, 'parser', 'requestHandler.parsers', byName),
    ...config.dataLayer.sources.flatMap((source, i) => [
      ...reference(source.pluginRef, 'data-source', `dataLayer.sources[${i}].pluginRef`, byName),
      ...references(source.extractors, 'extractor', `dataLayer.sources[${i}].extractors`, byName),
    ]),
    ...detectorErrors(config, byName),
  ];
}

function duplicateNames(plugins: readonly PluginSpec[]): FieldError[] {
  const seen = new Set<string>();
  return plugins.flatMap((plugin) => {
    const isDuplicate = seen.has(plugin.name);
    seen.add(plugin.name);
    return isDuplicate ? [duplicate(`${plugin.path ?? 'plugins'}.name`, plugin.name)] : [];
  });
}

function profileHandlers(config: EndpointPickerConfig): FieldError[] {
  const handlers = config.plugins.filter((plugin) => isOf(plugin, 'profile-handler'));
  const [first, second] = handlers;
  if (second !== undefined) {
    return [
      forbidden(second.path ?? 'plugins', `only one profile handler is allowed, and "${first?.name}" is one`),
    ];
  }
  const profiles = config.schedulingProfiles.length;
  if (first === undefined) {
    return [required('plugins', `${profiles} scheduling profiles need a profile handler plugin`)];
  }
  if (first.type === 'single-profile-handler' && profiles > 1) {
    return [
      invalid(
        'schedulingProfiles',
        profiles,
        `single-profile-handler runs one profile; name another handler`,
      ),
    ];
  }
  return [];
}

function profileErrors(
  profile: SchedulingProfileSpec,
  index: number,
  config: EndpointPickerConfig,
  byName: ReadonlyMap<string, PluginSpec>,
): FieldError[] {
  const path = `schedulingProfiles[${index}]`;
  const errors: FieldError[] = [];
  const isRepeated = config.schedulingProfiles.findIndex((other) => other.name === profile.name) < index;
  if (isRepeated) errors.push(duplicate(`${path}.name`, profile.name));
  let pickers = 0;
  profile.plugins.forEach(({ pluginRef }, j) => {
    const at = `${path}.plugins[${j}].pluginRef`;
    const plugin = byName.get(pluginRef);
    if (plugin === undefined) errors.push(undefinedPlugin(at, pluginRef, byName));
    else if (isOf(plugin, 'picker') && ++pickers === 2)
      errors.push(forbidden(at, 'a profile has one picker, and this is its second'));
  });
  return errors;
}

function detectorErrors(config: EndpointPickerConfig, byName: ReadonlyMap<string, PluginSpec>): FieldError[] {
  const name = config.saturationDetector?.pluginRef ?? null;
  return name === null ? [] : reference(name, 'saturation-detector', 'saturationDetector.pluginRef', byName);
}

function references(
  names: readonly string[],
  kind: PluginKind,
  path: string,
  byName: ReadonlyMap<string, PluginSpec>,
): FieldError[] {
  return names.flatMap((name, i) => reference(name, kind, `${path}[${i}].pluginRef`, byName));
}

function reference(
  name: string,
  kind: PluginKind,
  path: string,
  byName: ReadonlyMap<string, PluginSpec>,
): FieldError[] {
  const plugin = byName.get(name);
  if (plugin === undefined) return [undefinedPlugin(path, name, byName)];
  if (!isOf(plugin, kind)) return [invalid(path, name, `plugin of type ${plugin.type} is not a ${kind}`)];
  return [];
}

function undefinedPlugin(path: string, name: string, byName: ReadonlyMap<string, PluginSpec>): FieldError {
  const suggestion = nearest(name, byName.keys());
  const hint = suggestion === null ? 'declare it under plugins' : `did you mean "${suggestion}"?`;
  return invalid(path, name, `no plugin has this name — ${hint}`);
}

/** A type that the catalogue does not know was reported already and is taken for anything. */
function isOf(plugin: PluginSpec, kind: PluginKind): boolean {
  return pluginCatalogue.get(plugin.type)?.kinds.includes(kind) ?? false;
}
