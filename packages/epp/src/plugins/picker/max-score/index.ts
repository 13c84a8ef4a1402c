import { definePicker } from '../../../framework/define.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import { pickerParameters } from '../parameters.ts';
import { shuffledIndexes } from '../shuffle.ts';

export const maxScorePicker: PluginDefinition = definePicker({
  type: 'max-score-picker',
  stability: 'beta',
  summary: 'Picks the endpoints with the highest total score; ties are broken uniformly at random.',
  parameters: pickerParameters,
  create: ({ maxNumOfEndpoints }, { random }) => ({
    pick: (endpoints, scores) =>
      maxNumOfEndpoints === 1
        ? best(endpoints, scores, random)
        : [...shuffledIndexes(endpoints.length, random)]
            .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
            .slice(0, maxNumOfEndpoints)
            .map((i) => endpoints[i] as Endpoint),
  }),
});

/** One pass: each further equal of k takes the place with probability 1/k. */
function best(endpoints: readonly Endpoint[], scores: Float64Array, random: () => number): Endpoint[] {
  let chosen = -1;
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (let i = 0; i < endpoints.length; i++) {
    const score = scores[i] ?? 0;
    if (score > highest) {
      highest = score;
      chosen = i;
      equals = 1;
    } else if (score === highest && random() * ++equals < 1) chosen = i;
  }
  const endpoint = endpoints[chosen];
  return endpoint === undefined ? [] : [endpoint];
}
