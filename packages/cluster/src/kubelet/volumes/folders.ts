import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { PersistentVolumeClaim, Volume } from '@weir/api/workloads';
import { type MountedVolume, type VolumeContext, VolumeError } from './contracts.ts';
import { makeMemoryFolder, removeMemoryFolder } from './memory.ts';

/** An empty folder for the life of the pod; of medium Memory it lies in the machine's shared memory. */
export async function mountEmptyDir(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  const ownPath = join(context.volumesDir, volume.name);
  const inMemory = volume.emptyDir?.medium === 'Memory' ? makeMemoryFolder(ownPath) : undefined;
  if (inMemory === undefined) mkdirSync(ownPath, { recursive: true, mode: 0o777 });
  return { hostPath: inMemory ?? ownPath, isReadOnly: false, refreshAtMs: null };
}

/** Removes all volumes of a pod, those in memory included; claims and host paths are not among them. */
export function removeVolumes(volumesDir: string): void {
  removeMemoryVolumes(volumesDir);
  rmSync(volumesDir, { recursive: true, force: true });
}

/** Empties the volumes in memory, as a restart of the machine would. */
export function removeMemoryVolumes(volumesDir: string): void {
  if (!existsSync(volumesDir)) return;
  for (const entry of readdirSync(volumesDir, { withFileTypes: true }))
    if (entry.isSymbolicLink()) removeMemoryFolder(readlinkSync(join(volumesDir, entry.name)));
}

/** Without a type nothing is checked here: a path may be missing until a container mounts it. */
export async function mountHostPath(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  const { path = '', type = '' } = volume.hostPath ?? {};
  const found = kindOf(path);
  const wanted = type.startsWith('Directory') ? 'directory' : type.startsWith('File') ? 'file' : found;
  if (found === 'absent' && type !== '')
    throw new VolumeError(
      `hostPath ${path} does not exist — create it; the node makes no folders of its own there`,
    );
  if (found !== wanted) throw new VolumeError(`hostPath type check failed: ${path} is not a ${wanted}`);
  return { hostPath: path, isReadOnly: !context.writableHostPaths, refreshAtMs: null };
}

/** A claim is a folder of the node that outlives its pods. */
export async function mountClaim(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  const source = volume.persistentVolumeClaim;
  const key = { namespace: context.pod.metadata.namespace ?? '', name: source?.claimName ?? '' };
  const claim = await context.client.find(resources.persistentVolumeClaims, key, { signal: context.signal });
  if (claim === undefined) throw new VolumeError(`persistentvolumeclaim "${key.name}" not found`);
  if (claim.metadata.deletionTimestamp !== undefined)
    throw new VolumeError(`persistentvolumeclaim "${key.name}" is being deleted`);
  if (claim.status?.phase !== 'Bound') {
    if (!context.provisionLocalVolumes)
      throw new VolumeError(`persistentvolumeclaim "${key.name}" is not bound`);
    await bind(claim, context);
  }
  const hostPath = join(context.claimsDir, key.namespace, key.name);
  mkdirSync(hostPath, { recursive: true, mode: 0o777 });
  return { hostPath, isReadOnly: source?.readOnly === true, refreshAtMs: null };
}

async function bind(claim: PersistentVolumeClaim, context: VolumeContext): Promise<void> {
  const { metadata, spec } = claim;
  await context.client.patch(
    resources.persistentVolumeClaims,
    { namespace: metadata.namespace ?? '', name: metadata.name ?? '' },
    {
      metadata: { uid: metadata.uid },
      status: {
        phase: 'Bound',
        accessModes: spec?.accessModes ?? ['ReadWriteOnce'],
        capacity: { storage: spec?.resources?.requests?.storage ?? '1Gi' },
      },
    },
    { subresource: 'status', signal: context.signal },
  );
}

function kindOf(path: string): 'directory' | 'file' | 'absent' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return 'absent';
  }
}
