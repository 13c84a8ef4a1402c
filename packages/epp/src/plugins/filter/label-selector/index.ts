import { matchesSelector } from '@weir/api/meta';
import * as z from 'zod';
import { defineFilter } from '../../../framework/define.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';

const expression = z
  .strictObject({
    key: z.string().min(1),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(z.string()).default([]),
  })
  .refine(({ operator, values }) => operator.endsWith('In') === values.length > 0, {
    message: 'In and NotIn need values, Exists and DoesNotExist allow none',
  });

export const labelSelectorFilter: PluginDefinition = defineFilter({
  type: 'label-selector-filter',
  stability: 'beta',
  summary: 'Keeps endpoints whose pod labels match a label selector.',
  parameters: z.strictObject({
    matchLabels: z.record(z.string(), z.string()).default({}).describe('Labels that must have these values.'),
    matchExpressions: z.array(expression).default([]).describe('Further conditions; all must hold.'),
  }),
  create: (selector) => ({
    filter: (_, endpoints) =>
      endpoints.filter(({ metadata: { labels } }) => matchesSelector(selector, labels)),
  }),
});
