export { type PluginKind, type PluginTypeInfo, pluginAliases, pluginCatalogue } from './catalogue.ts';
export { defaultConfigText, withDefaults } from './defaults.ts';
export { type ParsedConfig, parseEndpointPickerConfig } from './parse.ts';
export type {
  DataLayerSpec,
  EndpointPickerConfig,
  PluginSpec,
  ProfilePluginSpec,
  SaturationDetectorSpec,
  SchedulingProfileSpec,
} from './types.ts';
export { validateEndpointPickerConfig } from './validate.ts';
