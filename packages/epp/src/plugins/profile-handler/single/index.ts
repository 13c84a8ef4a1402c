import { defineProfileHandler, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

export const singleProfileHandler: PluginDefinition = defineProfileHandler({
  type: 'single-profile-handler',
  stability: 'beta',
  summary: 'Runs the only profile once.',
  parameters: none,
  create: () => ({
    pickProfiles: (_, profiles, results) => (results.size === 0 ? profiles : []),
    primaryProfile: (_, results) => results.keys().next().value ?? '',
  }),
});
