import { parseGoFlags } from '@weir/core/config';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { controllerFlags, durationOf, loggerOf } from './flags.ts';

const parse = (...argv: string[]) => parseGoFlags('weir controller', argv, controllerFlags);

test('the arguments of KServe’s own Deployment are understood', () => {
  const values = parse('--metrics-addr=127.0.0.1:8443', '--leader-elect', '--enable-http2=false');
  expect([values.get('metrics-addr'), values.get('leader-elect')]).toEqual(['127.0.0.1:8443', true]);
});

test.each([
  ['5m', 300_000],
  ['0s', 3_600_000],
  ['-1s', 3_600_000],
])('--storage-migration-timeout=%s is %i ms', (text, ms) => {
  const values = parse(`--storage-migration-timeout=${text}`);
  expect(durationOf(values, 'storage-migration-timeout')).toBe(ms);
});

test('what is no duration is refused with an example', () => {
  const values = parse('--storage-migration-timeout=soon');
  expect(() => durationOf(values, 'storage-migration-timeout')).toThrow(
    'weir controller: --storage-migration-timeout: "soon" is not a duration such as "30s" or "1h"',
  );
});

test('the level of the log is that of zap, and its form is JSON', () => {
  expect(loggerOf(parse(), silentLogger)).toBe(silentLogger);
  expect(loggerOf(parse('--zap-log-level=debug'), silentLogger).isLevelEnabled('debug')).toBe(true);
  expect(loggerOf(parse('--zap-log-level=1'), silentLogger).isLevelEnabled('debug')).toBe(false);
  expect(() => loggerOf(parse('--zap-log-level=loud'), silentLogger)).toThrow('neither debug, info, error');
  expect(() => loggerOf(parse('--zap-encoder=console'), silentLogger)).toThrow('the log is json');
  expect(() => parse('--zap-devel')).toThrow('--zap-devel is not built yet in this version: the log is json');
});
