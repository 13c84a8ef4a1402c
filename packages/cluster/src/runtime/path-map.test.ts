import { expect, test } from 'vitest';
import { formatPathMap, mapArgument, toHostPath } from './path-map.ts';

const mounts = [
  { containerPath: '/mnt', hostPath: '/h/outer', readOnly: false },
  { containerPath: '/mnt/models', hostPath: '/h/models', readOnly: true },
];

test.each([
  ['/mnt/models', '/h/models'],
  ['/mnt/models/a/b', '/h/models/a/b'],
  ['/mnt/modelsX', '/h/outer/modelsX'],
  ['/etc/hosts', '/etc/hosts'],
])('maps %s by the longest mount', (path, expected) => {
  expect(toHostPath(path, mounts)).toBe(expected);
});

test.each([
  ['--model=/mnt/models/m.gguf', '--model=/h/models/m.gguf'],
  ['/mnt/x=y', '/h/outer/x=y'],
  ['serve /mnt/models', 'serve /mnt/models'],
  ['--name=mnt', '--name=mnt'],
])('rewrites the argument %s only where a path stands alone', (text, expected) => {
  expect(mapArgument(text, mounts)).toBe(expected);
});

test('the path map names what a process must open: itself where mounts are real', () => {
  expect(JSON.parse(formatPathMap(mounts, false))).toEqual([
    ['/mnt', '/h/outer'],
    ['/mnt/models', '/h/models'],
  ]);
  expect(JSON.parse(formatPathMap(mounts, true))).toEqual([
    ['/mnt', '/mnt'],
    ['/mnt/models', '/mnt/models'],
  ]);
});
