import { none } from '../../../framework/define.ts';
import { definePlugin, type PluginDefinition } from '../../../framework/plugin.ts';

export const disaggHeadersHandler: PluginDefinition = definePlugin(['pre-request'], {
  type: 'disagg-headers-handler',
  stability: 'beta',
  summary: 'Accepted from older files: the profile handler sets the prefill header itself.',
  parameters: none,
  create: () => ({}),
});
