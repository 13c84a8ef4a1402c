import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity, processIdentity } from '@weir/core/process';
import { codeOf } from '../transfer/source-error.ts';

interface LockHolder extends ProcessIdentity {
  readonly host: string;
}

const heartbeatMs = 5000;
/** On another machine (or in another container) only the heartbeat tells whether the holder lives. */
const silentAfterMs = 6 * heartbeatMs;
const pollMs = 200;

/**
 * Runs `work` while holding the lock file. Others wait for it, and say so through `onWait`; the lock of a process that
 * died is broken.
 */
export async function withLock<T>(
  path: string,
  options: { readonly signal: AbortSignal; readonly onWait: (holder: string) => void },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let hasSaid = false;
  while (!(await tryAcquire(path))) {
    options.signal.throwIfAborted();
    const holder = await readHolder(path);
    if (await isStale(path, holder)) {
      await breakLock(path);
      continue;
    }
    if (!hasSaid && holder !== null) {
      hasSaid = true;
      options.onWait(`process ${holder.pid} on ${holder.host}`);
    }
    await sleep(pollMs, undefined, { signal: options.signal });
  }
  const heartbeat = setInterval(() => void touch(path), heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o644);
    await file.writeFile(
      JSON.stringify({ ...processIdentity(process.pid), host: hostname() } satisfies LockHolder),
    );
    await file.close();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string, holder: LockHolder | null): Promise<boolean> {
  const silence = Date.now() - (await modifiedMs(path));
  // A holder that is not written yet, or that was cut off while writing.
  if (holder === null) return silence > silentAfterMs;
  if (holder.host !== hostname()) return silence > silentAfterMs;
  return !isRunning(holder);
}

/** Two waiters must not break in turn what the first has just taken: breaking has a lock of its own. */
async function breakLock(path: string): Promise<void> {
  const breaking = `${path}.break`;
  try {
    await (await open(breaking, 'wx')).close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (Date.now() - (await modifiedMs(breaking)) > silentAfterMs) await rm(breaking, { force: true });
    return;
  }
  try {
    if (await isStale(path, await readHolder(path))) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function readHolder(path: string): Promise<LockHolder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
  } catch {
    return null;
  }
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    // Gone meanwhile: as fresh as can be, the next attempt will see.
    return Date.now();
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}
