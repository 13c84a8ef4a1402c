import { expect, test } from 'vitest';
import { parseZapLevel } from './zap-level.ts';

test.each([
  ['debug', 'debug'],
  ['info', 'info'],
  ['error', 'error'],
  ['-1', 'info'],
  ['0', 'info'],
  ['2', 'info'],
  ['3', 'debug'],
  ['4', 'debug'],
  ['5', 'trace'],
  ['9', 'trace'],
  ['', null],
  ['loud', null],
  ['1.5', null],
])('%j of zap is our %s', (text, level) => {
  expect(parseZapLevel(text)).toBe(level);
});
