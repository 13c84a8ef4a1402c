import { setTimeout as sleep } from 'node:timers/promises';
import type { Orphan } from './contracts.ts';
import type { ProcessTable } from './process-table.ts';

const pollMs = 25;
const killWaitMs = 5000;

/** SIGTERM to every process left behind, SIGKILL to those that stay; their records go when they are gone. */
export async function endOrphans(table: ProcessTable, graceMs: number): Promise<readonly Orphan[]> {
  const found = table.survivors();
  const orphans = found.filter(({ pids }) => pids.length > 0).map(({ record }) => record);
  signalAll(
    found.flatMap(({ pids }) => pids),
    'SIGTERM',
  );
  if (orphans.length > 0 && !(await areGone(table, graceMs))) {
    signalAll(survivingPids(table), 'SIGKILL');
    await areGone(table, killWaitMs);
  }
  for (const { record, pids } of table.survivors()) if (pids.length === 0) table.remove(record.containerId);
  return orphans.map(({ podUid, container, attempt, pid }) => ({ podUid, container, attempt, pid }));
}

async function areGone(table: ProcessTable, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (survivingPids(table).length > 0) {
    if (performance.now() >= deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

function survivingPids(table: ProcessTable): number[] {
  return table.survivors().flatMap(({ pids }) => [...pids]);
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
