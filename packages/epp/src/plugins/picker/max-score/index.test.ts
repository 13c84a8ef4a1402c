import { expect, test } from 'vitest';
import { pickerContract } from '../../../framework/picker.contract.ts';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { buildEndpoint } from '../../../testing/builders.ts';
import { maxScorePicker } from './index.ts';

pickerContract(maxScorePicker, new URL('.', import.meta.url));

test('the highest totals are picked in their order', () => {
  const endpoints = [0, 1, 2, 3].map((slot) => buildEndpoint(slot));
  const picker = createPlugin(maxScorePicker, { maxNumOfEndpoints: 3 });
  const picked = picker.pick?.(endpoints, Float64Array.of(0.5, 3, 0.1, 2));
  expect(picked?.map((endpoint) => endpoint.slot)).toEqual([1, 3, 0]);
});
