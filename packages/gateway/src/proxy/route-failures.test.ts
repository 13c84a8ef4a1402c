import { expect, test } from 'vitest';
import { RouteFailures } from './route-failures.ts';

function counted(): { failures: RouteFailures; alarms: () => number; pass(ms: number): void } {
  let [count, nowMs] = [0, 0];
  const failures = new RouteFailures(
    () => count++,
    () => nowMs,
  );
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { failures, alarms: () => count, pass };
}

test('three failures in a row are told of, and what interrupts them begins anew', () => {
  const { failures, alarms } = counted();
  for (const failure of ['503', '503', null, '502', '502']) failures.onEnd('demo/a', failure);
  failures.onEnd('demo/b', '503');
  expect(alarms()).toBe(0);
  failures.onEnd('demo/a', '504');
  expect(alarms()).toBe(1);
  const alarm = failures.alarmOf('demo/a', undefined);
  expect(alarm?.message).toBe('3 requests in a row failed, the last with 504');
  expect(failures.alarmOf('demo/b', undefined)).toBeNull();
  for (let i = 0; i < 20; i++) failures.onEnd('demo/a', '503');
  expect(alarms()).toBe(1);
});

test('an alarm is told until it is known, and at most every ten seconds', () => {
  const { failures, alarms, pass } = counted();
  const fail = (): void => {
    for (const failure of [null, '503', '503', '503']) failures.onEnd('demo/a', failure);
  };
  fail();
  const alarm = failures.alarmOf('demo/a', '2020-01-01T00:00:00Z');
  expect(failures.alarmOf('demo/a', undefined)).toBe(alarm);
  expect(failures.alarmOf('demo/a', alarm?.at)).toBeNull();
  fail();
  expect(alarms()).toBe(1);
  pass(10_000);
  fail();
  expect(alarms()).toBe(2);
  failures.keep(new Set(['demo/b']));
  expect(failures.alarmOf('demo/a', undefined)).toBeNull();
});
