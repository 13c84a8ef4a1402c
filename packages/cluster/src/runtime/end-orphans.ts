import { setTimeout as sleep } from 'node:timers/promises';
import type { Orphan } from './contracts.ts';
import type { FoundContainer, ProcessTable } from './process-table.ts';

const pollMs = 25;
const killWaitMs = 5000;

/** SIGTERM to every process that is left of these containers, SIGKILL to those that stay; their records go with them. */
export async function endOrphans(
  table: ProcessTable,
  found: readonly FoundContainer[],
  graceMs: number,
): Promise<readonly Orphan[]> {
  const ids = new Set(found.map(({ record }) => record.containerId));
  const survivors = (): FoundContainer[] => table.find().filter(({ record }) => ids.has(record.containerId));
  const orphans = found.filter(({ pids }) => pids.length > 0);
  signalAll(pidsOf(orphans), 'SIGTERM');
  if (orphans.length > 0 && !(await areGone(survivors, graceMs))) {
    signalAll(pidsOf(survivors()), 'SIGKILL');
    await areGone(survivors, killWaitMs);
  }
  for (const { record, pids } of survivors()) if (pids.length === 0) table.remove(record.containerId);
  return orphans.map(({ record: { podUid, container, attempt, pid } }) => ({
    podUid,
    container,
    attempt,
    pid,
  }));
}

async function areGone(survivors: () => FoundContainer[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (pidsOf(survivors()).length > 0) {
    if (performance.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

function pidsOf(found: readonly FoundContainer[]): number[] {
  return found.flatMap(({ pids }) => [...pids]);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in the meantime.
    }
  }
}
