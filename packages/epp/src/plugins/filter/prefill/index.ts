import { defineFilter, none } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { filterByRole } from '../role.ts';

const roles = new Set(['prefill', 'encode-prefill', 'prefill-decode', 'both', 'encode-prefill-decode']);

export const prefillFilter: PluginDefinition = defineFilter({
  type: 'prefill-filter',
  stability: 'beta',
  summary: 'Keeps endpoints that prefill.',
  parameters: none,
  create: () => ({ filter: (_, endpoints) => filterByRole(endpoints, roles, false) }),
});
