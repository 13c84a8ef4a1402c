import { definePicker } from '../../../framework/define.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { pickerParameters } from '../parameters.ts';
import { shuffledIndexes } from '../shuffle.ts';

export const weightedRandomPicker: PluginDefinition = definePicker({
  type: 'weighted-random-picker',
  stability: 'beta',
  summary: 'Picks at random with probabilities proportional to the scores (A-Res sampling).',
  parameters: pickerParameters,
  create: ({ maxNumOfEndpoints }, { random }) => ({
    pick: (endpoints, scores) => {
      // The shuffle decides among endpoints of score 0, which all have key 0.
      const order = [...shuffledIndexes(endpoints.length, random)];
      const keys = new Float64Array(endpoints.length);
      for (const i of order) {
        const score = scores[i] ?? 0;
        keys[i] = score > 0 ? random() ** (1 / score) : 0;
      }
      order.sort((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0));
      return order.slice(0, maxNumOfEndpoints).map((i) => endpoints[i] as Endpoint);
    },
  }),
});
