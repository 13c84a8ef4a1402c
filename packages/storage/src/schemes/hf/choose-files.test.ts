import { expect, test } from 'vitest';
import { chooseGguf } from './choose-files.ts';

const files = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 1 }));
const chosen = (...paths: string[]): string[] =>
  chooseGguf('org/model', files(...paths)).map(({ path }) => path);

test('the best quantisation for little memory is chosen', () => {
  expect(chosen('m-F16.gguf', 'm-Q8_0.gguf', 'm-q4_k_m.gguf', 'README.md')).toEqual(['m-q4_k_m.gguf']);
  expect(chosen('m-F16.gguf', 'm-Q8_0.gguf')).toEqual(['m-Q8_0.gguf']);
  expect(chosen('weights.gguf')).toEqual(['weights.gguf']);
});

test('all parts of a split file come along, those of others do not', () => {
  const parts = ['Q4_K_M/m-00001-of-00002.gguf', 'Q4_K_M/m-00002-of-00002.gguf'];
  expect(chosen('Q8_0/m-00001-of-00001.gguf', ...parts)).toEqual(parts);
});

test('image projectors are no models, and without a GGUF file the repository is refused by name', () => {
  expect(() => chosen('mmproj-F16.gguf', 'model.safetensors')).toThrow(/org\/model has no GGUF file/);
});
