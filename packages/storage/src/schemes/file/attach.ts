import type { PodSpec } from '@weir/api/workloads';
import { storageErrors } from '../../errors.ts';
import { provisionVolume } from '../attach-with-initializer.ts';
import {
  type Artifact,
  defineDownload,
  type ResolvedAttachOptions,
  type SchemeAttachment,
} from '../definition.ts';
import { mountInto, withNamed } from '../pod-lists.ts';
import { invalidUri, isSafeRelativePath, restOf } from '../uri.ts';

export interface FileSource {
  /** Absolute path of a file or folder. */
  readonly path: string;
}

const sourceVolume = 'kserve-file-source';

/** `file:///path`: a file or folder of this machine, linked into the pod. */
export const fileAttachment: SchemeAttachment<FileSource> = defineDownload({
  schemes: ['file'],
  parse: (uri) => {
    const rest = restOf(uri);
    const path = decode(rest.replace(/\/+$/, ''));
    if (path === null || !path.startsWith('/') || !isSafeRelativePath(path.slice(1))) {
      throw invalidUri(uri, 'expected file:///absolute/path');
    }
    return { path };
  },
  check: (uri, { allowLocalFiles }) => {
    if (allowLocalFiles !== true) throw storageErrors.FILES_REFUSED({ uri });
  },
  mountSource,
});

/**
 * Lays the source itself, read-only, at its own path: the pod may have a volume above it, such as one at /tmp, and the
 * links to the source would lead nowhere. Only the engine gets it, so that the initializer is there to say what is
 * wrong with a path.
 */
function mountSource(
  pod: PodSpec,
  { path }: FileSource,
  { uri }: Artifact,
  { container }: ResolvedAttachOptions,
): PodSpec {
  const volumes = pod.volumes ?? [];
  const mounts = pod.containers.find(({ name }) => name === container)?.volumeMounts ?? [];
  const own = volumes.filter(({ name }) => name.startsWith(sourceVolume));
  const existing = own.find(({ hostPath }) => hostPath?.path === path)?.name;
  if (mounts.some(({ name, mountPath }) => name === existing && mountPath === path)) return pod;
  const hiding = mounts.find(
    ({ name, mountPath }) =>
      mountPath === path || (name === provisionVolume && path.startsWith(`${mountPath}/`)),
  );
  if (hiding !== undefined) throw storageErrors.FILES_HIDDEN({ uri, container, path: hiding.mountPath });
  const name = existing ?? (own.length === 0 ? sourceVolume : `${sourceVolume}-${own.length}`);
  return {
    ...pod,
    containers: mountInto(pod.containers, container, [{ name, mountPath: path, readOnly: true }]),
    volumes: withNamed(volumes, [{ name, hostPath: { path } }]),
  };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
