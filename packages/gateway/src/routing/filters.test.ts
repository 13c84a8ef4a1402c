import { expect, test } from 'vitest';
import { modifyFields, rewriteTarget } from './filters.ts';

test.each([
  ['/ns/n/v1/chat?x=1', '/ns/n', '/', '/v1/chat?x=1'],
  ['/ns/n', '/ns/n', '/', '/'],
  ['/ns/n?x=1', '/ns/n', '/', '/?x=1'],
  ['/ns/n/', '/ns/n', '/', '/'],
  ['/a/b', '/a', '/new', '/new/b'],
  ['/a/b', '/a', '/new/', '/new/b'],
  ['/a', '/a', '', '/'],
  ['/b', '', '/x', '/x/b'],
])('replacing the prefix of %s (%s by %s) gives %s', (target, prefix, replacement, expected) => {
  expect(rewriteTarget(target, { type: 'ReplacePrefixMatch', replacePrefixMatch: replacement }, prefix)).toBe(
    expected,
  );
});

test('a full path replaces the path and keeps the query', () => {
  expect(rewriteTarget('/a?x=1', { type: 'ReplaceFullPath', replaceFullPath: '/b' }, null)).toBe('/b?x=1');
});

test('headers are set, added and removed without regard to case', () => {
  expect(
    modifyFields({ names: ['a', 'b', 'a'], values: ['1', '2', '3'] }, [
      { set: [{ name: 'A', value: 'new' }], add: [{ name: 'B', value: 'more' }], remove: ['C'] },
      { remove: ['B'] },
    ]),
  ).toEqual({ names: ['a'], values: ['new'] });
});
