import { parseDocument, stringify } from 'yaml';

/** An EndpointPickerConfig as it is written: fields that no migration touches are carried along. */
export interface ConfigDocument {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly featureGates?: readonly string[];
  readonly plugins?: readonly DocumentPlugin[];
  readonly schedulingProfiles?: readonly DocumentProfile[];
  readonly [field: string]: unknown;
}

export interface DocumentPlugin {
  readonly name?: string;
  readonly type: string;
  readonly parameters?: Parameters;
}

export interface DocumentProfile {
  readonly name: string;
  readonly plugins?: readonly DocumentReference[];
}

export interface DocumentReference {
  readonly pluginRef: string;
  readonly weight?: number;
}

export type Parameters = Readonly<Record<string, unknown>>;

/** Null for text that is no YAML object of this shape: such a text is nobody's to rewrite. */
export function readConfigDocument(text: string): ConfigDocument | null {
  if (text.length > 1024 * 1024) return null;
  const parsed = parseDocument(text);
  if (parsed.errors.length > 0) return null;
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: 100 });
    return isDocument(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeConfigDocument(document: ConfigDocument): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

export function isObject(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDocument(value: unknown): value is ConfigDocument {
  if (!isObject(value)) return false;
  const { plugins = [], schedulingProfiles = [] } = value;
  return (
    isListOf(plugins, (plugin) => typeof plugin.type === 'string') &&
    isListOf(
      schedulingProfiles,
      (profile) =>
        profile.plugins === undefined ||
        isListOf(profile.plugins, (one) => typeof one.pluginRef === 'string'),
    )
  );
}

function isListOf(value: unknown, isItem: (item: Parameters) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isObject(item) && isItem(item));
}

export function nameOf(plugin: DocumentPlugin): string {
  return plugin.name ?? plugin.type;
}

export function hasPlugin(document: ConfigDocument, ...types: readonly string[]): boolean {
  return (document.plugins ?? []).some(({ type }) => types.includes(type));
}

/** Replaces every plugin by what `map` gives for it, in place. */
export function mapPlugins(
  document: ConfigDocument,
  map: (plugin: DocumentPlugin) => DocumentPlugin | readonly DocumentPlugin[],
): ConfigDocument {
  return document.plugins === undefined ? document : { ...document, plugins: document.plugins.flatMap(map) };
}

function mapReferences(document: ConfigDocument, map: (name: string) => string): ConfigDocument {
  if (document.schedulingProfiles === undefined) return document;
  const schedulingProfiles = document.schedulingProfiles.map((profile) =>
    profile.plugins === undefined
      ? profile
      : {
          ...profile,
          plugins: profile.plugins.map((one) => ({ ...one, pluginRef: map(one.pluginRef) })),
        },
  );
  return { ...document, schedulingProfiles };
}

/** The type's new name, also where it served as the plugin's name. */
export function renameType(document: ConfigDocument, from: string, to: string): ConfigDocument {
  if (!hasPlugin(document, from)) return document;
  const isNamedSo = (document.plugins ?? []).some(
    (plugin) => plugin.type === from && nameOf(plugin) === from,
  );
  const renamed = mapPlugins(document, (plugin) =>
    plugin.type === from ? { ...plugin, ...(plugin.name === from ? { name: to } : {}), type: to } : plugin,
  );
  return isNamedSo ? mapReferences(renamed, (name) => (name === from ? to : name)) : renamed;
}

/** Parameters without the names; absent when none are left. */
export function withParameters(plugin: DocumentPlugin, parameters: Parameters): DocumentPlugin {
  const { parameters: _old, ...rest } = plugin;
  return Object.keys(parameters).length === 0 ? rest : { ...rest, parameters };
}
