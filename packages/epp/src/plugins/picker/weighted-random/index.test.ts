import { expect, test } from 'vitest';
import { pickerContract } from '../../../framework/picker.contract.ts';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { buildEndpoint } from '../../../testing/builders.ts';
import { weightedRandomPicker } from './index.ts';

pickerContract(weightedRandomPicker, new URL('.', import.meta.url));

test('chances are in proportion to the totals, and a total of 0 has none', () => {
  const endpoints = [0, 1, 2].map((slot) => buildEndpoint(slot));
  const picker = createPlugin(weightedRandomPicker);
  const counts = [0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const slot = picker.pick?.(endpoints, Float64Array.of(1, 3, 0))[0]?.slot ?? 2;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  expect(counts[2]).toBe(0);
  expect(Math.abs((counts[1] ?? 0) - 3000)).toBeLessThan(150);
});
