import { defineFilter, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { filterByRole } from '../role.ts';

const roles = new Set(['decode', 'prefill-decode', 'both', 'encode-prefill-decode']);

export const decodeFilter: PluginDefinition = defineFilter({
  type: 'decode-filter',
  stability: 'beta',
  summary: 'Keeps endpoints that decode, and those without a role.',
  parameters: none,
  create: () => ({ filter: (_, endpoints) => filterByRole(endpoints, roles, true) }),
});
