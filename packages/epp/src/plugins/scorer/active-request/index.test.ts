import { expect, test } from 'vitest';
import { inFlightLoad } from '../../../framework/data-key.ts';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { activeRequestScorer } from './index.ts';

scorerContract(activeRequestScorer, new URL('.', import.meta.url));

function score(counts: number[], parameters: Record<string, unknown> = {}): number[] {
  const request = buildRequest();
  request.data.set(inFlightLoad, 'inflight-load-producer', { requests: Int32Array.from(counts) });
  const endpoints = counts.map((_, slot) => buildEndpoint(slot));
  return scoresOf(createPlugin(activeRequestScorer, parameters), request, endpoints);
}

test('0, 2 and 4 requests in flight score 1, 0.5 and 0', () => {
  expect(score([0, 2, 4])).toEqual([1, 0.5, 0]);
});

test('an idle threshold and a best busy score set idle endpoints apart', () => {
  expect(score([1, 2, 4], { idleThreshold: 1, maxBusyScore: 0.5 })).toEqual([1, 0.25, 0]);
  expect(score([0, 3], { maxBusyScore: 0, requestTimeout: '2m' })).toEqual([1, 0]);
});
