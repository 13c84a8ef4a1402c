import { expect, test } from 'vitest';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { runningRequestsSizeScorer } from './index.ts';

scorerContract(runningRequestsSizeScorer, new URL('.', import.meta.url));

test('running requests of 2, 4 and 6 score 1, 0.5 and 0', () => {
  const endpoints = [2, 4, 6].map((runningRequests, i) => buildEndpoint(i, { runningRequests }));
  expect(scoresOf(createPlugin(runningRequestsSizeScorer), buildRequest(), endpoints)).toEqual([1, 0.5, 0]);
});
