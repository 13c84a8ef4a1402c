import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses, readEnvironment } from './process-info.ts';
import { containerIdVariable } from './process-table.ts';

const againMs = 10;
const patienceMs = 1000;

/**
 * SIGKILL to every process of a container that is still there, also to those that have left its process group. One that
 * is about to become another program shows no environment for that moment, and others may be started while they are
 * looked for: looked at again until none is left and none is unclear. `since` is the start time of the container's first
 * process, as /proc tells it.
 */
export async function endMembers(containerId: string, since: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (killMembers(containerId, since) && performance.now() < deadline) await sleep(againMs);
}

/** False when there is nobody to be killed, for certain. */
function killMembers(containerId: string, since: number): boolean {
  const mark = `${containerIdVariable}=${containerId}`;
  let isUncertain = false;
  for (const { pid, parent, startTime } of listProcesses()) {
    const environment = readEnvironment(pid);
    if (environment === undefined) continue;
    const isOurs = environment.includes(mark);
    if (isOurs) kill(pid);
    // Threads of the kernel, whose parent is the second process, never have any.
    const isUnclear = environment.length === 0 && parent !== 2 && startTime >= since;
    isUncertain ||= isOurs || isUnclear;
  }
  return isUncertain;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
