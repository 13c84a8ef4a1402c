import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildEndpoint } from '../testing/builders.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import type { Endpoint } from './endpoint.ts';
import type { Picker } from './picker.ts';
import { createPlugin, pluginContract } from './plugin.contract.ts';
import type { PluginDefinition } from './plugin.ts';

const cases = fc.record({
  scores: fc.array(fc.constantFrom(0, 0.5, 1, 2.5), { maxLength: 10 }),
  maxNumOfEndpoints: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
});

/** What holds for every picker. */
export function pickerContract(definition: PluginDefinition, folder: URL): void {
  pluginContract(definition, folder);

  test(`${definition.type} picks different endpoints of the list, as many as asked for and as there are`, () => {
    fc.assert(
      fc.property(cases, ({ scores, maxNumOfEndpoints, seed }) => {
        const endpoints = scores.map((_, slot) => buildEndpoint(slot));
        const picked = pickOnce(definition, maxNumOfEndpoints, seed, endpoints, scores);
        expect(picked).toHaveLength(Math.min(maxNumOfEndpoints, scores.length));
        expect(new Set(picked).size).toBe(picked.length);
        for (const endpoint of picked) expect(endpoints).toContain(endpoint);
        expect(pickOnce(definition, maxNumOfEndpoints, seed, endpoints, scores)).toEqual(picked);
      }),
      { numRuns: 60 },
    );
  });

  test(`${definition.type} gives equals equal chances`, () => {
    const endpoints = [0, 1, 2].map((slot) => buildEndpoint(slot));
    const picker = createPlugin(definition, {}, seededRandom(3)) as Picker;
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) {
      const slot = picker.pick(endpoints, new Float64Array([1, 1, 1]))[0]?.slot ?? 0;
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
}

function pickOnce(
  definition: PluginDefinition,
  maxNumOfEndpoints: number,
  seed: number,
  endpoints: readonly Endpoint[],
  scores: readonly number[],
): readonly Endpoint[] {
  const picker = createPlugin(definition, { maxNumOfEndpoints }, seededRandom(seed)) as Picker;
  return picker.pick(endpoints, Float64Array.from(scores));
}
