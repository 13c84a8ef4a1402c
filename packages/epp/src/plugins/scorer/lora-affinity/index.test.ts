import { expect, test } from 'vitest';
import { createPlugin } from '../../../framework/plugin.contract.ts';
import { scorerContract } from '../../../framework/scorer.contract.ts';
import { buildEndpoint, buildRequest } from '../../../testing/builders.ts';
import { scoresOf } from '../../../testing/score.ts';
import { loraAffinityScorer } from './index.ts';

scorerContract(loraAffinityScorer, new URL('.', import.meta.url));

test('a loaded adapter scores 1, room for it 0.8, a waiting one 0.6, else 0', () => {
  const states = [
    { activeModels: ['m'], waitingModels: [], maxActiveModels: 1 },
    { activeModels: ['x'], waitingModels: [], maxActiveModels: 2 },
    { activeModels: ['x'], waitingModels: ['m'], maxActiveModels: 2 },
    { activeModels: ['x'], waitingModels: ['y'], maxActiveModels: 2 },
  ];
  const endpoints = states.map((state, i) => buildEndpoint(i, state));
  expect(scoresOf(createPlugin(loraAffinityScorer), buildRequest(), endpoints)).toEqual([1, 0.8, 0.6, 0]);
});
