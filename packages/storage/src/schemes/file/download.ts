import { cp, lstat, readdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, SourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import type { FileSource } from './attach.ts';

/** Links a file, or the entries of a folder, into the model's folder; names that are taken are kept. */
export async function linkFromDisk(
  { path }: FileSource,
  folder: string,
  { progress }: DownloadContext,
): Promise<readonly string[]> {
  // The pod has the source at its real path, not at that of a link to it.
  const source = await onDisk(path, () => realpath(path));
  const names = await entriesOf(path);
  progress.say(`linking ${names.length} files from ${path}`);
  const linked: string[] = [];
  for (const name of names) {
    const target = name === '' ? basename(path) : name;
    const entry = join(path, name);
    const real = await onDisk(entry, () => realpath(entry));
    if (await isTaken(join(folder, target))) progress.say(`${target} is there already`);
    else if (real === source || real.startsWith(`${source}/`)) await symlink(real, join(folder, target));
    else {
      progress.say(`copying ${target}: it is a link to ${real}, which the pod may not see`);
      await copy(real, join(folder, target));
    }
    linked.push(target);
  }
  return linked;
}

/** Names in a folder; for a file one empty name. */
async function entriesOf(path: string): Promise<string[]> {
  const names = await onDisk(path, async () => ((await stat(path)).isDirectory() ? readdir(path) : ['']));
  if (names.length > 0) return names.sort();
  throw new SourceError('ModelNotFound', `${path} is an empty folder`);
}

async function onDisk<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new SourceError('ModelNotFound', `${path} does not exist on this machine`);
    if (code === 'EACCES') throw new SourceError('ModelAccessDenied', `${path} may not be read`);
    throw error;
  }
}

async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Appears whole or not at all: a run that is cut short must not leave half a model that the next one keeps. */
async function copy(source: string, target: string): Promise<void> {
  const part = `${target}.part`;
  await rm(part, { recursive: true, force: true });
  await cp(source, part, { recursive: true, dereference: true });
  await rename(part, target);
}
