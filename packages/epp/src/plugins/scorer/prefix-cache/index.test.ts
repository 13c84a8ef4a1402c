import { expect, test } from 'vitest';
import { prefixCacheMatchInfo } from '../../../framework/data-key.ts';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { prefixCacheScorer } from './index.ts';

scorerContract(prefixCacheScorer, new URL('.', import.meta.url));

function score(blocks: number[], totalBlocks: number, parameters: Record<string, unknown> = {}): number[] {
  const request = buildRequest();
  request.data.set(prefixCacheMatchInfo, 'approx-prefix-cache-producer', {
    matchBlocks: Int32Array.from(blocks),
    totalBlocks,
    longestMatch: Math.max(...blocks),
    blockSizeTokens: 64,
  });
  const endpoints = blocks.map((_, slot) => buildEndpoint(slot));
  return scoresOf(createPlugin(prefixCacheScorer, parameters), request, endpoints);
}

test('three of four blocks score 0.75', () => {
  expect(score([3, 0, 4], 4)).toEqual([0.75, 0, 1]);
});

test('with weight on the length a match counts by the square of its tokens too', () => {
  expect(score([3], 4, { matchLengthWeight: 0.5 })).toEqual([0.375 + 0.5 * (192 / 8192) ** 2]);
});

test('a prompt without blocks scores 0', () => {
  expect(score([0], 0)).toEqual([0]);
});
