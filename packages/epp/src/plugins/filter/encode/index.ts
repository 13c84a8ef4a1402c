import { defineFilter, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { filterByRole } from '../role.ts';

const roles = new Set(['encode', 'encode-prefill', 'encode-prefill-decode']);

export const encodeFilter: PluginDefinition = defineFilter({
  type: 'encode-filter',
  stability: 'beta',
  summary: 'Keeps endpoints that encode images and the like.',
  parameters: none,
  create: () => ({ filter: (_, endpoints) => filterByRole(endpoints, roles, false) }),
});
