import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { shortHash } from '@weir/core/hash';

const sharedMemory = '/dev/shm';
const prefix = 'weir-';
/** A folder without a readable owner file may be in the making for this long. */
const makingMs = 60_000;

/**
 * A folder in the machine's shared memory that belongs to `link`, which becomes a symbolic link to it; undefined where
 * there is no such memory.
 */
export function makeMemoryFolder(link: string): string | undefined {
  try {
    accessSync(sharedMemory, constants.W_OK);
  } catch {
    return undefined;
  }
  const folder = join(sharedMemory, prefix + shortHash(link));
  const data = join(folder, 'data');
  mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
  // The link comes first: a folder whose link is missing counts as abandoned.
  if (!exists(link)) symlinkSync(data, link);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'owner'), link, { mode: 0o600 });
  return data;
}

/** Removes what a link made by `makeMemoryFolder` leads to. */
export function removeMemoryFolder(target: string): void {
  const folder = dirname(target);
  if (folder.startsWith(join(sharedMemory, prefix))) rmSync(folder, { recursive: true, force: true });
}

/** Removes folders whose owner is gone, such as those of an instance that was killed and whose state was deleted. */
export function removeAbandonedMemory(): void {
  for (const name of exists(sharedMemory) ? readdirSync(sharedMemory) : []) {
    const folder = join(sharedMemory, name);
    if (!name.startsWith(prefix)) continue;
    try {
      if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or gone in the meantime.
    }
  }
}

function isAbandoned(folder: string): boolean {
  const owner = join(folder, 'owner');
  if (exists(owner)) return !exists(readFileSync(owner, 'utf8'));
  return Date.now() - statSync(folder).mtimeMs > makingMs;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
