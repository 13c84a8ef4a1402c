import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mount } from './contracts.ts';
import type { HostTree } from './host-tree.ts';
import { buildRootView, resolvePath } from './root-view.ts';

/** A tree from paths: `/a/` is a directory, `/a` a file, `/a -> /b` a symbolic link. */
function treeOf(...lines: string[]): HostTree {
  const kinds = new Map<string, 'directory' | 'file' | 'symlink'>([['/', 'directory']]);
  const links = new Map<string, string>();
  for (const line of lines) {
    const [path = '', target] = line.split(' -> ');
    if (target !== undefined) links.set(path, target);
    kinds.set(
      path.replace(/\/$/, ''),
      target !== undefined ? 'symlink' : path.endsWith('/') ? 'directory' : 'file',
    );
  }
  return {
    kind: (path) => kinds.get(path) ?? 'absent',
    entries: (path) =>
      [...kinds.keys()]
        .filter((other) => other !== '/' && posix.dirname(other) === path)
        .map((other) => posix.basename(other)),
    readLink: (path) => links.get(path) ?? '',
  };
}

function mount(containerPath: string, hostPath: string, readOnly = false): Mount {
  return { containerPath, hostPath, readOnly };
}

describe('view of the root file system', () => {
  test('binds every entry of the root and mounts at directories that exist', () => {
    const host = treeOf('/bin -> usr/bin', '/home/', '/usr/', '/vol/');
    expect(buildRootView([mount('/home', '/vol')], [], host)).toEqual({
      directories: ['/home', '/usr', '/vol'],
      files: [],
      symlinks: [{ path: '/bin', target: 'usr/bin' }],
      binds: [
        { source: '/usr', target: '/usr', readOnly: false },
        { source: '/vol', target: '/vol', readOnly: false },
        { source: '/vol', target: '/home', readOnly: false },
      ],
      nested: [],
    });
  });

  test('rebuilds a directory that lacks the mount point, without creating anything in it', () => {
    const host = treeOf('/mnt/', '/mnt/disk/', '/mnt/note', '/vol/');
    expect(buildRootView([mount('/mnt/models', '/vol', true)], [], host)).toEqual({
      directories: ['/mnt', '/mnt/disk', '/mnt/models', '/vol'],
      files: ['/mnt/note'],
      symlinks: [],
      binds: [
        { source: '/mnt/disk', target: '/mnt/disk', readOnly: false },
        { source: '/mnt/note', target: '/mnt/note', readOnly: false },
        { source: '/vol', target: '/vol', readOnly: false },
        { source: '/vol', target: '/mnt/models', readOnly: true },
      ],
      nested: [],
    });
  });

  test('follows symbolic links on the way to a mount point', () => {
    const host = treeOf('/var/', '/var/run -> /run', '/run/', '/vol/');
    const view = buildRootView([mount('/var/run/kserve/tls', '/vol')], [], host);
    expect(view).toMatchObject({ directories: ['/var', '/run', '/run/kserve', '/run/kserve/tls', '/vol'] });
  });

  test('follows symbolic links to what is mounted', () => {
    const host = treeOf('/tmp/', '/tmp/link -> /tmp/file', '/tmp/file', '/vol/');
    const view = buildRootView([mount('/tmp', '/vol'), mount('/tmp/link', '/tmp/link', true)], [], host);
    expect(view).toMatchObject({ nested: [{ hostPath: '/vol/file', kind: 'file' }] });
    expect(view).toHaveProperty('binds.2', { source: '/tmp/file', target: '/tmp/file', readOnly: true });
  });

  test('makes mount points below another mount in that mount, and keeps needed paths visible', () => {
    const host = treeOf('/home/', '/home/me/', '/home/me/node/', '/vol/', '/inner/');
    const mounts = [mount('/home/data', '/inner'), mount('/home', '/vol')];
    expect(buildRootView(mounts, ['/home/me/node', '/usr/absent'], host)).toEqual({
      directories: ['/home', '/vol', '/inner'],
      files: [],
      symlinks: [],
      binds: [
        { source: '/vol', target: '/vol', readOnly: false },
        { source: '/inner', target: '/inner', readOnly: false },
        { source: '/vol', target: '/home', readOnly: false },
        { source: '/inner', target: '/home/data', readOnly: false },
        { source: '/home/me/node', target: '/home/me/node', readOnly: false },
      ],
      nested: [
        { hostPath: '/vol/data', kind: 'directory' },
        { hostPath: '/vol/me/node', kind: 'directory' },
      ],
    });
  });

  test('leaves out terminals and disks where the devices are rebuilt', () => {
    const host = treeOf('/dev/', '/dev/null', '/dev/tty1', '/dev/loop0', '/log');
    const view = buildRootView([mount('/dev/termination-log', '/log')], [], host);
    expect(view).toMatchObject({ files: ['/dev/null', '/dev/termination-log', '/log'] });
  });

  test.each(['/', '/proc', '/proc/self'])('refuses a mount at %s', (path) => {
    expect(buildRootView([mount(path, '/vol')], [], treeOf('/vol/'))).toBe(
      `nothing can be mounted at ${path}`,
    );
  });

  test('does not follow a circle of links for ever', () => {
    const host = treeOf('/a -> /b', '/b -> /a');
    expect(typeof resolvePath('/a/c', host)).toBe('string');
  });
});
