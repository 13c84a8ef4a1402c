import { expect, test } from 'vitest';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { queueScorer } from './index.ts';

scorerContract(queueScorer, new URL('.', import.meta.url));

test('queues of 0, 5 and 10 score 1, 0.5 and 0, and equal queues 1', () => {
  const endpoints = (queues: number[]) =>
    queues.map((waitingQueueSize, i) => buildEndpoint(i, { waitingQueueSize }));
  const scorer = createPlugin(queueScorer);
  expect(scoresOf(scorer, buildRequest(), endpoints([0, 5, 10]))).toEqual([1, 0.5, 0]);
  expect(scoresOf(scorer, buildRequest(), endpoints([3, 3]))).toEqual([1, 1]);
});
