import { readdir, stat, symlink } from 'node:fs/promises';
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
  const names = await entriesOf(path);
  progress.say(`linking ${names.length} files from ${path}`);
  const isFile = names.length === 1 && names[0] === '';
  const linked: string[] = [];
  for (const name of names) {
    const target = isFile ? basename(path) : name;
    await linkUnlessTaken(join(path, name), join(folder, target));
    linked.push(target);
  }
  return linked;
}

/** Names in a folder; for a file one empty name. */
async function entriesOf(path: string): Promise<string[]> {
  try {
    const names = (await stat(path)).isDirectory() ? await readdir(path) : [''];
    if (names.length > 0) return names.sort();
    throw new SourceError('ModelNotFound', `${path} is an empty folder`);
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new SourceError('ModelNotFound', `${path} does not exist on this machine`);
    if (codeOf(error) === 'EACCES') throw new SourceError('ModelAccessDenied', `${path} may not be read`);
    throw error;
  }
}

async function linkUnlessTaken(source: string, target: string): Promise<void> {
  try {
    await symlink(source.replace(/\/$/, ''), target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
