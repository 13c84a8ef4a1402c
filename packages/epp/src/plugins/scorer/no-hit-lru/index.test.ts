import { expect, test } from 'vitest';
import { prefixCacheMatchInfo } from '../../../framework/data-key.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import type { Plugin } from '../../../framework/plugin.ts';
import type { InferenceRequest } from '../../../framework/request.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { noHitLruScorer } from './index.ts';

scorerContract(noHitLruScorer, new URL('.', import.meta.url));

const endpoints = [0, 1, 2].map((slot) => buildEndpoint(slot));

function send(scorer: Plugin, request: InferenceRequest, target: Endpoint | undefined): void {
  if (target === undefined) throw new Error('no target');
  scorer.preRequest?.(request, { primaryProfile: 'default', targets: [target], profiles: new Map() }, {});
}

function warm(): InferenceRequest {
  const request = buildRequest();
  request.data.set(prefixCacheMatchInfo, 'approx-prefix-cache-producer', {
    matchBlocks: Int32Array.of(0, 2, 0),
    totalBlocks: 4,
    longestMatch: 2,
    blockSizeTokens: 64,
  });
  return request;
}

test('endpoints never given a cold prompt come first, then the least recently used', () => {
  const scorer = createPlugin(noHitLruScorer);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([1, 0.5, 0]);
  send(scorer, buildRequest(), endpoints[0]);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([0, 1, 0.5]);
  send(scorer, buildRequest(), endpoints[2]);
  send(scorer, buildRequest(), endpoints[1]);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([1, 0, 0.5]);
});

test('a prompt that somebody knows scores 0.5 everywhere and uses nobody', () => {
  const scorer = createPlugin(noHitLruScorer);
  expect(scoresOf(scorer, warm(), endpoints)).toEqual([0.5, 0.5, 0.5]);
  send(scorer, warm(), endpoints[0]);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([1, 0.5, 0]);
});

test('an endpoint that leaves is forgotten, and so is the oldest beyond the size', () => {
  const scorer = createPlugin(noHitLruScorer, { lruSize: 1 });
  send(scorer, buildRequest(), endpoints[0]);
  send(scorer, buildRequest(), endpoints[1]);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([1, 0, 0.5]);
  scorer.onEndpointRemoved?.(endpoints[1] as Endpoint);
  expect(scoresOf(scorer, buildRequest(), endpoints)).toEqual([1, 0.5, 0]);
});

test('the older parameter that named the prefix scorer is accepted', () => {
  createPlugin(noHitLruScorer, {
    prefixPluginName: 'prefix-cache-scorer',
    prefixPluginType: 'prefix-cache-scorer',
  });
});
