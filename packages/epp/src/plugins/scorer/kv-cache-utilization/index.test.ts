import { expect, test } from 'vitest';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { kvCacheUtilizationScorer } from './index.ts';

scorerContract(kvCacheUtilizationScorer, new URL('.', import.meta.url));

test('a cache that is a quarter full scores 0.75', () => {
  const endpoints = [0.25, 1].map((kvCacheUsage, i) => buildEndpoint(i, { kvCacheUsage }));
  expect(scoresOf(createPlugin(kvCacheUtilizationScorer), buildRequest(), endpoints)).toEqual([0.75, 0]);
});
