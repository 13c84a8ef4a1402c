import { nearest } from '@weir/core/errors';
import { parseDocument } from 'yaml';
import { type FieldError, invalid } from '../meta/index.ts';
import { pluginAliases, pluginCatalogue } from './catalogue.ts';
import { FieldReader, type Fields, join } from './read.ts';
import type {
  DataLayerSpec,
  EndpointPickerConfig,
  PluginSpec,
  ProfilePluginSpec,
  SaturationDetectorSpec,
  SchedulingProfileSpec,
} from './types.ts';

export interface ParsedConfig {
  readonly config: EndpointPickerConfig;
  /** Defects that refuse the file; then `config` holds only what could be read. */
  readonly errors: readonly FieldError[];
  /** What is accepted but deprecated or has no effect. */
  readonly warnings: readonly string[];
}

/** A scheduler configuration is a few kilobytes; a ConfigMap cannot hold more than this either. */
const maxLength = 1024 * 1024;

const apiVersion = 'llm-d.ai/v1alpha1';
const deprecatedApiVersion = 'inference.networking.x-k8s.io/v1alpha1';
const knownGates = ['flowControl', 'haPopulateNonLeaderDatastore'];
const topLevel = [
  'apiVersion',
  'kind',
  'metadata',
  'featureGates',
  'plugins',
  'schedulingProfiles',
  'dataLayer',
  'data',
  'flowControl',
  'requestHandler',
  'saturationDetector',
  'parser',
];
const dataLayerFields = [
  'injectDefaults',
  'sources',
  'discovery',
  'peerDiscovery',
  'crossReplicaSyncerPluginRef',
  'crossReplicaSyncInterval',
];
const thresholdFields = ['queueDepthThreshold', 'kvCacheUtilThreshold', 'metricsStalenessThreshold'];

/** Reads YAML or JSON text strictly: an unknown field, type or gate is an error that says what may be meant. */
export function parseEndpointPickerConfig(text: string): ParsedConfig {
  const reader = new FieldReader();
  const warnings: string[] = [];
  const root = readDocument(text, reader);
  const isReadable = reader.errors.length === 0;
  const fields = reader.object(root, '', topLevel);
  if (isReadable) readEnvelope(fields, reader, warnings);
  const config: EndpointPickerConfig = {
    featureGates: readGates(fields.featureGates, reader),
    plugins: readPlugins(fields.plugins, reader, warnings),
    schedulingProfiles: readProfiles(fields.schedulingProfiles, reader),
    dataLayer: readDataLayer(fields, reader, warnings),
    flowControl:
      fields.flowControl === undefined ? null : reader.anyObject(fields.flowControl, 'flowControl'),
    parsers: readParsers(fields, reader, warnings),
    saturationDetector: readDetector(fields, reader),
  };
  return { config, errors: reader.errors, warnings };
}

function readDocument(text: string, reader: FieldReader): unknown {
  if (text.length > maxLength) {
    reader.errors.push({ type: 'TooLong', path: '', detail: `may not be more than ${maxLength} bytes` });
    return undefined;
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    reader.errors.push(invalid('', undefined, `not valid YAML: ${problem.message.split('\n')[0] ?? ''}`));
    return undefined;
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    reader.errors.push(invalid('', undefined, `not valid YAML: ${(error as Error).message}`));
    return undefined;
  }
}

function readEnvelope(fields: Fields, reader: FieldReader, warnings: string[]): void {
  const version = reader.string(fields.apiVersion, 'apiVersion');
  if (version === deprecatedApiVersion)
    warnings.push(`apiVersion ${version} is deprecated; use ${apiVersion}`);
  else if (version !== null && version !== apiVersion)
    reader.errors.push(unsupported('apiVersion', version, [apiVersion, deprecatedApiVersion]));
  const kind = reader.string(fields.kind, 'kind');
  if (kind !== null && kind !== 'EndpointPickerConfig')
    reader.errors.push(unsupported('kind', kind, ['EndpointPickerConfig']));
}

function readGates(value: unknown, reader: FieldReader): Map<string, boolean> {
  const gates = new Map<string, boolean>();
  reader.list(value, 'featureGates').forEach((item, i) => {
    const path = `featureGates[${i}]`;
    const text = reader.string(item, path);
    if (text === null) return;
    const [name = '', setting = 'true'] = text.split('=', 2);
    if (!knownGates.includes(name)) reader.errors.push(unsupported(path, name, knownGates));
    else if (setting !== 'true' && setting !== 'false')
      reader.errors.push(invalid(path, text, 'a gate is set with "name", "name=true" or "name=false"'));
    else gates.set(name, setting === 'true');
  });
  return gates;
}

function readPlugins(value: unknown, reader: FieldReader, warnings: string[]): PluginSpec[] {
  return reader.list(value, 'plugins').flatMap((item, i) => {
    const path = `plugins[${i}]`;
    const fields = reader.object(item, path, ['name', 'type', 'parameters']);
    const written = reader.string(fields.type, `${path}.type`);
    if (written === null) return [];
    const name = reader.optionalString(fields.name, `${path}.name`) || written;
    const type = pluginAliases.get(written) ?? written;
    if (type !== written) warnings.push(`${path}.type: ${written} is now called ${type}`);
    if (!pluginCatalogue.has(type)) {
      reader.errors.push(unsupported(`${path}.type`, written, [...pluginCatalogue.keys()]));
    }
    return [{ name, type, parameters: reader.anyObject(fields.parameters, `${path}.parameters`), path }];
  });
}

function readProfiles(value: unknown, reader: FieldReader): SchedulingProfileSpec[] {
  return reader.list(value, 'schedulingProfiles').map((item, i) => {
    const path = `schedulingProfiles[${i}]`;
    const fields = reader.object(item, path, ['name', 'plugins']);
    return {
      name: reader.string(fields.name, `${path}.name`) ?? '',
      plugins: reader
        .list(fields.plugins, `${path}.plugins`)
        .flatMap((plugin, j) => readProfilePlugin(plugin, `${path}.plugins[${j}]`, reader)),
    };
  });
}

function readProfilePlugin(value: unknown, path: string, reader: FieldReader): ProfilePluginSpec[] {
  const fields = reader.object(value, path, ['pluginRef', 'weight']);
  const pluginRef = reader.string(fields.pluginRef, `${path}.pluginRef`);
  const weight = reader.number(fields.weight, `${path}.weight`, 1);
  return pluginRef === null ? [] : [{ pluginRef, weight }];
}

function readDataLayer(top: Fields, reader: FieldReader, warnings: string[]): DataLayerSpec {
  if (top.data !== undefined) warnings.push('data is now called dataLayer');
  const at = top.dataLayer === undefined && top.data !== undefined ? 'data' : 'dataLayer';
  const { injectDefaults, sources, ...other } = reader.object(top[at], at, dataLayerFields);
  return {
    injectDefaults: reader.boolean(injectDefaults, join(at, 'injectDefaults'), true),
    sources: reader.list(sources, `${at}.sources`).flatMap((item, i) => {
      const path = `${at}.sources[${i}]`;
      const fields = reader.object(item, path, ['pluginRef', 'extractors']);
      const pluginRef = reader.string(fields.pluginRef, `${path}.pluginRef`);
      const extractors = readRefs(fields.extractors, `${path}.extractors`, reader);
      return pluginRef === null ? [] : [{ pluginRef, extractors }];
    }),
    other,
  };
}

function readParsers(top: Fields, reader: FieldReader, warnings: string[]): readonly string[] {
  const handler = reader.object(top.requestHandler, 'requestHandler', ['parsers']);
  const parsers = readRefs(handler.parsers, 'requestHandler.parsers', reader);
  if (top.parser === undefined) return parsers;
  warnings.push('parser is deprecated; use requestHandler.parsers');
  const fields = reader.object(top.parser, 'parser', ['pluginRef']);
  const pluginRef = reader.string(fields.pluginRef, 'parser.pluginRef');
  return parsers.length > 0 || pluginRef === null ? parsers : [pluginRef];
}

function readRefs(value: unknown, path: string, reader: FieldReader): string[] {
  return reader.list(value, path).flatMap((item, i) => {
    const fields = reader.object(item, `${path}[${i}]`, ['pluginRef']);
    return reader.string(fields.pluginRef, `${path}[${i}].pluginRef`) ?? [];
  });
}

function readDetector(top: Fields, reader: FieldReader): SaturationDetectorSpec | null {
  const flowControl = typeof top.flowControl === 'object' && top.flowControl !== null ? top.flowControl : {};
  const nested = (flowControl as Fields).saturationDetector;
  const path = nested === undefined ? 'saturationDetector' : 'flowControl.saturationDetector';
  const value = nested ?? top.saturationDetector;
  if (value === undefined || value === null) return null;
  const { pluginRef, ...thresholds } = reader.object(value, path, ['pluginRef', ...thresholdFields]);
  return { pluginRef: reader.optionalString(pluginRef, `${path}.pluginRef`), thresholds };
}

function unsupported(path: string, value: string, known: readonly string[]): FieldError {
  const suggestion = nearest(value, known);
  const hint =
    suggestion !== null
      ? `did you mean "${suggestion}"?`
      : known.length <= 4
        ? `supported: ${known.join(', ')}`
        : 'no plugin of this name is known';
  return { type: 'NotSupported', path, value, detail: hint };
}
