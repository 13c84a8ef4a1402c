import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realComponent } from './real-component.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-component-'));

test('a component named by its variable wins over the cache', () => {
  const program = join(folder, 'kubectl');
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  expect(realComponent('kubectl', { WEIR_KUBECTL: program, WEIR_CACHE: folder })).toBe(program);
});

test('a missing component is null on a workstation and an error in CI', () => {
  expect(realComponent('etcd', { WEIR_CACHE: folder })).toBeNull();
  expect(() => realComponent('etcd', { WEIR_CACHE: folder, CI: 'true' })).toThrow(/set WEIR_ETCD/);
});

test('a variable that leads to nothing is an error everywhere', () => {
  expect(() => realComponent('kube-apiserver', { WEIR_KUBE_APISERVER: join(folder, 'none') })).toThrow(
    /kube-apiserver is not an executable/,
  );
});
