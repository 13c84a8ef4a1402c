import { posix } from 'node:path';
import type { Mount } from './contracts.ts';
import type { HostTree, PathKind } from './host-tree.ts';

export interface Bind {
  readonly source: string;
  /** Path inside the new root. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** How to build a root directory that shows the host's files with the mounts laid over them. */
export interface RootView {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  readonly symlinks: readonly { readonly path: string; readonly target: string }[];
  readonly binds: readonly Bind[];
  /** Mount points below another mount; they must be made in that mount's folder on the host. */
  readonly nested: readonly { readonly hostPath: string; readonly kind: PathKind }[];
}

/** Terminals and disks of the host: a container has no use for them. */
const hiddenDevice = /^(tty.+|vcs.*|loop.*|ram\d+|nbd\d+)$/;
const maxEntries = 1024;

/**
 * Lays mounts over the host's root. A directory that lacks a mount point is replaced by an empty one with all its
 * entries bound into it, so that nothing is ever created in the host's own directories. Returns a text that says
 * why when it cannot be done.
 */
export function buildRootView(
  mounts: readonly Mount[],
  keepVisible: readonly string[],
  host: HostTree,
): RootView | string {
  const laid = layOut(mounts, keepVisible, host);
  const blocked = laid.find(({ containerPath }) => containerPath === '/' || isWithin(containerPath, '/proc'));
  if (blocked !== undefined) return `nothing can be mounted at ${blocked.containerPath}`;
  const outer = laid.filter((mount) => !laid.some((other) => isBelow(mount.containerPath, other)));
  const view = {
    directories: [] as string[],
    files: [] as string[],
    symlinks: [] as { path: string; target: string }[],
  };
  const binds: Bind[] = [];

  const visit = (directory: string): void => {
    const names = new Set(host.entries(directory));
    for (const { containerPath } of outer) {
      if (isWithin(containerPath, directory) && containerPath !== directory)
        names.add(containerPath.slice(directory === '/' ? 1 : directory.length + 1).split('/')[0] ?? '');
    }
    for (const name of names) place(posix.join(directory, name), directory);
  };

  const place = (path: string, directory: string): void => {
    const own = outer.find(({ containerPath }) => containerPath === path);
    if (own !== undefined) {
      (host.kind(own.hostPath) === 'file' ? view.files : view.directories).push(path);
      return;
    }
    const inside = outer.filter(({ containerPath }) => isWithin(containerPath, path));
    const kind = host.kind(path);
    if (inside.length === 0 && directory === '/dev' && hiddenDevice.test(posix.basename(path))) return;
    if (kind === 'symlink') view.symlinks.push({ path, target: host.readLink(path) });
    else if (kind === 'file') {
      view.files.push(path);
      binds.push({ source: path, target: path, readOnly: false });
    } else {
      view.directories.push(path);
      const isComplete = inside.every(
        (mount) => host.kind(mount.containerPath) === host.kind(mount.hostPath),
      );
      if (kind === 'directory' && isComplete) binds.push({ source: path, target: path, readOnly: false });
      else visit(path);
    }
  };

  visit('/');
  if (binds.length > maxEntries)
    return `a directory with more than ${maxEntries} entries would have to be rebuilt`;
  for (const mount of laid)
    binds.push({ source: mount.hostPath, target: mount.containerPath, readOnly: mount.readOnly });
  return { ...view, binds, nested: nestedPoints(laid, host) };
}

/** Mounts at their real places (symbolic links of the host followed), outermost first, with what they would hide. */
function layOut(mounts: readonly Mount[], keepVisible: readonly string[], host: HostTree): Mount[] {
  const real = mounts.map(({ containerPath, hostPath, readOnly }) => ({
    containerPath: resolvePath(containerPath, host),
    hostPath: resolvePath(hostPath, host),
    readOnly,
  }));
  const hidden = keepVisible
    .map((path) => resolvePath(path, host))
    .filter(
      (path) =>
        host.kind(path) !== 'absent' && real.some(({ containerPath }) => isWithin(path, containerPath)),
    )
    .map((path) => ({ containerPath: path, hostPath: path, readOnly: false }));
  const byPath = new Map([...hidden, ...real].map((mount) => [mount.containerPath, mount]));
  return [...byPath.values()].sort((a, b) => depth(a.containerPath) - depth(b.containerPath));
}

function nestedPoints(laid: readonly Mount[], host: HostTree): { hostPath: string; kind: PathKind }[] {
  return laid.flatMap((mount, position) => {
    const parent = laid.slice(0, position).findLast((other) => isBelow(mount.containerPath, other));
    if (parent === undefined) return [];
    const hostPath = posix.join(parent.hostPath, posix.relative(parent.containerPath, mount.containerPath));
    return [{ hostPath, kind: host.kind(mount.hostPath) }];
  });
}

/** Follows symbolic links in the part of the path that exists. */
export function resolvePath(path: string, host: HostTree): string {
  let done = '/';
  let rest = posix.normalize(path).split('/').filter(Boolean);
  for (let steps = 0; rest.length > 0 && steps < 256; steps++) {
    const next = posix.join(done, rest[0] ?? '');
    rest = rest.slice(1);
    if (host.kind(next) === 'symlink') {
      const target = posix.resolve(done, host.readLink(next));
      rest = [...target.split('/').filter(Boolean), ...rest];
      done = '/';
    } else done = next;
  }
  return done;
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function isBelow(path: string, mount: Mount): boolean {
  return path !== mount.containerPath && isWithin(path, mount.containerPath);
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length;
}
