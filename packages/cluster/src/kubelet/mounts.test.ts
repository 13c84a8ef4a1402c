import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VolumeMount } from '@weir/api/workloads';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveMounts } from './mounts.ts';

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'weir-mounts-')));
const volume = join(dir, 'volume');
mkdirSync(volume);
symlinkSync('/etc', join(volume, 'escape'));
writeFileSync(join(volume, 'file'), '');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function resolve(mount: Partial<VolumeMount>, isReadOnly = false): object {
  const container = { name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] };
  const mounted = { hostPath: volume, isReadOnly, refreshAtMs: null };
  return resolveMounts(container, (name) => (name === 'data' ? mounted : undefined), { POD: 'p' });
}

describe('mounts of a container', () => {
  test('are read-only when the mount or the volume says so', () => {
    expect(resolve({ mountPath: '/a/../data/' })).toEqual([
      { containerPath: '/data', hostPath: volume, readOnly: false },
    ]);
    expect(resolve({ readOnly: true })).toMatchObject([{ readOnly: true }]);
    expect(resolve({}, true)).toMatchObject([{ readOnly: true }]);
  });

  test('show a part of the volume, made when it is missing, with variables expanded', () => {
    expect(resolve({ subPath: 'file' })).toMatchObject([{ hostPath: join(volume, 'file') }]);
    expect(resolve({ subPathExpr: 'logs/$(POD)' })).toMatchObject([{ hostPath: join(volume, 'logs/p') }]);
    expect(existsSync(join(volume, 'logs/p'))).toBe(true);
  });

  test('of a path that the node does not have are refused', () => {
    const container = { name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'x' }] };
    const hostPath = join(dir, 'absent');
    const mounted = { hostPath, isReadOnly: false, refreshAtMs: null };
    expect(() => resolveMounts(container, () => mounted, {})).toThrow(
      `volume "data": ${hostPath} does not exist on this node`,
    );
    expect(existsSync(hostPath)).toBe(false);
  });

  test.each([
    [{ subPath: '../x' }, 'subPath "../x" of volume "data" must be relative and may not contain ".."'],
    [{ subPath: '/x' }, 'subPath "/x" of volume "data" must be relative and may not contain ".."'],
    [{ subPath: 'escape' }, 'subPath "escape" of volume "data" leads out of the volume'],
    [{ subPath: 'escape/new/one' }, 'subPath "escape/new/one" of volume "data" leads out of the volume'],
    [{ name: 'other' }, 'volumeMount "other" of container "main" names no volume'],
    [{ mountPath: 'relative' }, 'mountPath "relative" of volume "data" is not absolute'],
  ])('refuse %o', (mount, message) => {
    expect(() => resolve(mount)).toThrow(message);
    expect(existsSync('/etc/new')).toBe(false);
  });

  test('of a missing part of a read-only volume are refused', () => {
    expect(() => resolve({ subPath: 'absent' }, true)).toThrow('does not exist');
  });
});
