import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRunning, type ProcessIdentity, processIdentity } from '@weir/core/process';
import { storeErrors } from './errors.ts';

/**
 * Keeps a second process out of a data folder. The lock file names its owner, so the lock of a process that was
 * killed is recognised and taken over. Returns the function that gives the lock back.
 */
export function lockDataFolder(folder: string): () => void {
  const file = path.join(folder, 'lock');
  const own = path.join(folder, `lock.${randomUUID()}`);
  const me = JSON.stringify(processIdentity(process.pid));
  writeFileSync(own, me, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (tryLink(own, file)) return () => release(file, me);
      const text = readOrEmpty(file);
      const owner = parseOwner(text);
      if (owner !== null && isRunning(owner)) {
        throw storeErrors.LOCKED({ folder, pid: owner.pid });
      }
      removeStale(file, text);
    }
    throw storeErrors.LOCKED({ folder, pid: 'unknown' });
  } finally {
    rmSync(own, { force: true });
  }
}

// link() fails when the target exists, so exactly one of several racing processes gets the lock.
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead owner's lock aside; if another process was quicker and its live lock was moved, puts that back. */
function removeStale(file: string, expected: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readOrEmpty(aside) !== expected) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, me: string): void {
  if (readOrEmpty(file) === me) rmSync(file, { force: true });
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function parseOwner(text: string): ProcessIdentity | null {
  try {
    const owner = JSON.parse(text) as ProcessIdentity;
    return Number.isInteger(owner.pid) ? owner : null;
  } catch {
    return null;
  }
}
