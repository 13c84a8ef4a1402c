import { defineParser, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const passthroughParser: PluginDefinition = defineParser({
  type: 'passthrough-parser',
  stability: 'beta',
  summary: 'Takes every path that no other parser claims, without reading the body.',
  parameters: none,
  create: () => ({
    paths: [],
    parse: () => ({ model: '', isStreaming: false, body: { type: 'raw' } }),
  }),
});
