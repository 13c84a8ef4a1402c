import type { LLMInferenceService } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { inputFor } from '../desired/fixtures.ts';
import { computeStatus } from './compute.ts';
import type { RolloutStatus } from './input.ts';
import { isFalse } from './verdict.ts';

const calm: RolloutStatus = { isHeld: false, stability: undefined };

function statusOf(rollout: RolloutStatus, previous: LLMInferenceService['status'] = {}) {
  const { service, spec, platform, observed } = inputFor({});
  return computeStatus({
    service: { ...service, metadata: { ...service.metadata, generation: 5 }, status: previous },
    platform,
    combined: { type: 'combined', spec, appliedConfigs: [], layers: [], pins: {} },
    isStopped: false,
    observed,
    rollout,
    problems: [],
    now: '2026-01-01T00:00:00Z',
  });
}

const stability = ({ conditions = [] }: ReturnType<typeof statusOf>) =>
  conditions.find(({ type }) => type === 'RolloutStable');

test('while pods are held the status speaks of the generation before', () => {
  expect(statusOf(calm).observedGeneration).toBe(5);
  const held = statusOf({ ...calm, isHeld: true }, { observedGeneration: 4 });
  expect(held.observedGeneration).toBe(4);
  expect(new Set(held.conditions?.map(({ observedGeneration }) => observedGeneration))).toEqual(new Set([4]));
  expect(statusOf({ ...calm, isHeld: true }).observedGeneration).toBe(0);
});

test('rollouts are spoken of once something happened, and never count towards Ready', () => {
  expect(stability(statusOf(calm))).toBeUndefined();
  const waits = statusOf({ ...calm, stability: isFalse('RolloutWaits', 'why') });
  expect(stability(waits)).toMatchObject({ status: 'False', reason: 'RolloutWaits', severity: 'Info' });
  expect(stability(statusOf(calm, waits))).toMatchObject({ status: 'True' });
});
