import { expect, test } from 'vitest';
import { translatePath } from './path-map.ts';

const map = JSON.stringify([
  ['/mnt', '/host/mnt'],
  ['/mnt/models', '/host/models'],
]);

test('the longest mount path that contains a path decides where it lies', () => {
  expect(translatePath(map, '/mnt/models/model.gguf')).toBe('/host/models/model.gguf');
  expect(translatePath(map, '/mnt/models')).toBe('/host/models');
  expect(translatePath(map, '/mnt/modelsX')).toBe('/host/mnt/modelsX');
});

test('paths outside every mount, and all paths without a map, stay as they are', () => {
  expect(translatePath(map, '/etc/hosts')).toBe('/etc/hosts');
  expect(translatePath(undefined, '/mnt/models')).toBe('/mnt/models');
});
