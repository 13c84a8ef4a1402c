import type { Mount } from './contracts.ts';
import { isWithin } from './root-view.ts';

/** The host path of a path inside the container; unchanged when no mount holds it. */
export function toHostPath(path: string, mounts: readonly Mount[]): string {
  const mount = mounts
    .filter(({ containerPath }) => isWithin(path, trimSlash(containerPath)))
    .reduce<Mount | undefined>(
      (best, next) => (best && best.containerPath.length >= next.containerPath.length ? best : next),
      undefined,
    );
  return mount === undefined ? path : mount.hostPath + path.slice(trimSlash(mount.containerPath).length);
}

/** Rewrites an argument or variable that is a path below a mount, or `prefix=path` with such a path. */
export function mapArgument(text: string, mounts: readonly Mount[]): string {
  const equals = text.indexOf('=');
  if (text.startsWith('/') || equals < 0) return toHostPath(text, mounts);
  const value = text.slice(equals + 1);
  return value.startsWith('/') ? `${text.slice(0, equals + 1)}${toHostPath(value, mounts)}` : text;
}

/** `WEIR_PATH_MAP`: JSON pairs [container path, path the process must open]. */
export function formatPathMap(mounts: readonly Mount[], areMounted: boolean): string {
  return JSON.stringify(
    mounts.map(({ containerPath, hostPath }) => [containerPath, areMounted ? containerPath : hostPath]),
  );
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
