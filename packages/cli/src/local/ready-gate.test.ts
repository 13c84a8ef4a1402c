import { expect, test } from 'vitest';
import { parseReadyGate } from './ready-gate.ts';

test('the ready gate is one of three, and another is refused by name', () => {
  expect(['auto', 'kserve', 'request'].map(parseReadyGate)).toEqual(['auto', 'kserve', 'request']);
  expect(() => parseReadyGate('never')).toThrow('--ready-gate never: must be one of auto, kserve, request');
});
