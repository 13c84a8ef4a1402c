import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Container, VolumeMount } from '@weir/api/workloads';
import type { Mount } from '../runtime/index.ts';
import { ContainerConfigError } from './environment.ts';
import { expandVariables } from './expand.ts';
import type { MountedVolume } from './volumes/index.ts';

/** The container's mounts with their folders on the host. */
export function resolveMounts(
  container: Container,
  volume: (name: string) => MountedVolume | undefined,
  env: Readonly<Record<string, string>>,
): Mount[] {
  if ((container.volumeDevices ?? []).length > 0)
    throw new ContainerConfigError(
      `volumeDevices of container "${container.name}" are not supported on this node — mount the volume as files`,
    );
  return (container.volumeMounts ?? []).map((mount) => {
    const mounted = volume(mount.name);
    if (mounted === undefined)
      throw new ContainerConfigError(
        `volumeMount "${mount.name}" of container "${container.name}" names no volume`,
      );
    if (!existsSync(mounted.hostPath))
      throw new ContainerConfigError(
        `volume "${mount.name}": ${mounted.hostPath} does not exist on this node — create it`,
      );
    if (!posix.isAbsolute(mount.mountPath))
      throw new ContainerConfigError(
        `mountPath "${mount.mountPath}" of volume "${mount.name}" is not absolute`,
      );
    return {
      containerPath: posix.normalize(mount.mountPath).replace(/(.)\/$/, '$1'),
      hostPath: subPathOf(mount, mounted, env),
      readOnly: mount.readOnly === true || mounted.isReadOnly,
    };
  });
}

/** The folder or file below the volume; neither `..` nor a symbolic link in the volume may lead out of it. */
function subPathOf(
  mount: VolumeMount,
  { hostPath, isReadOnly }: MountedVolume,
  env: Readonly<Record<string, string>>,
): string {
  const subPath =
    mount.subPathExpr === undefined
      ? (mount.subPath ?? '')
      : expandVariables(mount.subPathExpr, (name) => env[name]);
  if (subPath === '') return hostPath;
  const refuse = (reason: string): never => {
    throw new ContainerConfigError(`subPath "${subPath}" of volume "${mount.name}" ${reason}`);
  };
  if (posix.isAbsolute(subPath) || subPath.split('/').includes('..'))
    refuse('must be relative and may not contain ".."');
  const path = join(hostPath, subPath);
  const isInside = (inner: string): boolean =>
    `${realpathSync(inner)}/`.startsWith(`${realpathSync(hostPath)}/`);
  if (!existsSync(path)) {
    if (isReadOnly) refuse('does not exist');
    let parent = path;
    while (!existsSync(parent)) parent = posix.dirname(parent);
    if (!isInside(parent)) refuse('leads out of the volume');
    mkdirSync(path, { recursive: true, mode: 0o777 });
  }
  if (!isInside(path)) refuse('leads out of the volume');
  return realpathSync(path);
}
