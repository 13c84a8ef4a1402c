import { expect, test } from 'vitest';
import { hasFlag, takeFlags } from './container-flags.ts';

test('flags are taken with one dash or two, with their value after = or as the next argument', () => {
  const command = ['/app/epp', '--scheme=https', '-path', '/m', '--skip', '--kept', 'x', ''];
  const { containers, flags } = takeFlags([{ name: 'main', command }], new Set(['scheme', 'path', 'skip']));
  expect(containers).toEqual([{ name: 'main', command: ['/app/epp', '--kept', 'x', ''] }]);
  expect(flags).toEqual({ scheme: 'https', path: '/m', skip: 'true' });
});

test('a container without such flags stays as it is', () => {
  const container = { name: 'main', args: ['--kept', ''] };
  expect(takeFlags([container], new Set(['gone']))).toEqual({ containers: [container], flags: {} });
  expect(hasFlag(container, 'kept')).toBe(true);
  expect(hasFlag({ name: 'main', args: ['-kept=1'] }, 'kept')).toBe(true);
  expect(hasFlag({ name: 'main', args: ['--kept-long'] }, 'kept')).toBe(false);
});
