import { expect, test } from 'vitest';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { loadAwareScorer } from './index.ts';

scorerContract(loadAwareScorer, new URL('.', import.meta.url));

test('no queue scores 0.5, half of the threshold 0.25, the threshold and more 0', () => {
  const endpoints = [0, 64, 128, 500].map((waitingQueueSize, i) => buildEndpoint(i, { waitingQueueSize }));
  expect(scoresOf(createPlugin(loadAwareScorer), buildRequest(), endpoints)).toEqual([0.5, 0.25, 0, 0]);
});

test('a threshold of zero is refused', () => {
  expect(() => createPlugin(loadAwareScorer, { threshold: 0 })).toThrow(/threshold/);
});
