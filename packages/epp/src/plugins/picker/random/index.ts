import { definePicker } from '../../../framework/define.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { pickerParameters } from '../parameters.ts';
import { shuffledIndexes } from '../shuffle.ts';

export const randomPicker: PluginDefinition = definePicker({
  type: 'random-picker',
  stability: 'beta',
  summary: 'Picks uniformly at random, whatever the scores.',
  parameters: pickerParameters,
  create: ({ maxNumOfEndpoints }, { random }) => ({
    pick: (endpoints) => {
      const order = shuffledIndexes(endpoints.length, random).subarray(0, maxNumOfEndpoints);
      return [...order].map((i) => endpoints[i] as Endpoint);
    },
  }),
});
