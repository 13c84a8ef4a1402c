import { constants } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from '../transfer/source-error.ts';
import type { ModelCache, ModelManifest } from './model-cache.ts';

/** How to hand over where a hard link is not possible: the engine sees the cache too, or needs a file of its own. */
type HandOverFallback = 'symlink' | 'copy';

/** Puts a cached model into a pod's folder, by hard link where that is possible. */
export async function handOver(
  cache: ModelCache,
  manifest: ModelManifest,
  folder: string,
  fallback: HandOverFallback,
): Promise<void> {
  for (const { path, sha256 } of manifest.files) {
    await place(cache.blobPath(sha256), join(folder, path), fallback);
  }
}

async function place(blob: string, target: string, fallback: HandOverFallback): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  await rm(part, { force: true });
  try {
    await link(blob, part);
  } catch (error) {
    // Another file system or mount, one without links, or too many links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'EACCES'].includes(codeOf(error) ?? '')) throw error;
    if (fallback === 'symlink') await symlink(resolve(blob), part);
    else await copy(blob, part);
  }
  await rename(part, target);
  // Renaming a hard link onto another link of the same file does nothing and leaves both.
  await rm(part, { force: true });
}

async function copy(blob: string, part: string): Promise<void> {
  try {
    await copyFile(blob, part, constants.COPYFILE_FICLONE);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
