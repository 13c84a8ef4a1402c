import { expect, test } from 'vitest';
import { defineErrors, nearest, toError } from './index.ts';

test('a catalogue gives errors with code, status and a filled message', () => {
  const errors = defineErrors('X', { GONE: { status: 410, message: '{what} of {owner} is gone', docs: '' } });
  const error = errors.GONE({ what: 'pod', owner: 'demo' });
  expect([error.code, error.status, error.message]).toEqual(['X_GONE', 410, 'pod of demo is gone']);
});

test('the nearest candidate is suggested only when it is near', () => {
  const plugins = ['queue-scorer', 'prefix-cache-scorer', 'max-score-picker'];
  expect(nearest('qeue-scorer', plugins)).toBe('queue-scorer');
  expect(nearest('Queue-Scorer', plugins)).toBe('queue-scorer');
  expect(nearest('something-else', plugins)).toBe(null);
});

test('anything thrown becomes an Error that keeps it as its cause', () => {
  const original = new Error('x');
  expect(toError(original)).toBe(original);
  expect(toError('text').message).toBe('text');
  expect(toError({ a: 1 }).message).toBe('{"a":1}');
});
