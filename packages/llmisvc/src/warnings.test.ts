import type { LLMInferenceService } from '@weir/api/serving';
import { expect, test } from 'vitest';
import type { PartResult } from './desired/index.ts';
import { WarningTeller } from './warnings.ts';

const service: LLMInferenceService = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceService',
  metadata: { namespace: 'demo', name: 'a', uid: '1', generation: 3 },
  spec: {},
};

function parts(...messages: string[]): { parts: PartResult[] } {
  const failure = { condition: 'RouterReady' as const, reason: 'X' };
  const warnings = messages.map((message) => ({ reason: 'Odd', message }));
  return { parts: [{ failure, apply: [], warnings }] };
}

function teller(): { warnings: WarningTeller; told: string[] } {
  const told: string[] = [];
  const record = async (_: object, _type: string, reason: string, message: string): Promise<void> => {
    told.push(`${reason}: ${message}`);
  };
  return { warnings: new WarningTeller({ record }), told };
}

test('a warning is told once, and again after it was gone', async () => {
  const { warnings, told } = teller();
  for (const messages of [['x'], ['x', 'y'], ['y'], [], ['y']])
    await warnings.tell(service, parts(...messages));
  expect(told).toEqual(['Odd: x', 'Odd: y', 'Odd: y']);
});

test('a process that was started again tells only what is new', async () => {
  const { warnings, told } = teller();
  const settled = { ...service, status: { observedGeneration: 3 } };
  await warnings.tell(settled, parts('x'));
  await warnings.tell(settled, parts('x', 'y'));
  await warnings.tell({ ...settled, metadata: { ...service.metadata, uid: '2', generation: 4 } }, parts('z'));
  expect(told).toEqual(['Odd: y', 'Odd: z']);
});
