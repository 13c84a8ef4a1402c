import { constants } from 'node:fs';
import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../transfer/source-error.ts';
import type { ModelCache, ModelManifest } from './model-cache.ts';

/** Puts a cached model into a pod's folder: by hard link, or by (copy-on-write) copy across file systems. */
export async function handOver(cache: ModelCache, manifest: ModelManifest, folder: string): Promise<void> {
  for (const { path, sha256 } of manifest.files) {
    await place(cache.blobPath(sha256), join(folder, path));
  }
}

async function place(blob: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  await rm(part, { force: true });
  try {
    await link(blob, part);
  } catch (error) {
    // Another file system, one without links, or too many links.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'EACCES'].includes(codeOf(error) ?? '')) throw error;
    await copy(blob, part);
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
