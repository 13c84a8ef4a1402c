import { readFileSync } from 'node:fs';

export { keepHeapSmall } from './heap.ts';

/** What `/proc/<pid>/stat` says of a process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks after boot; with the pid it identifies a process for as long as the machine is up. */
  readonly startTime: number;
}

/** Undefined when there is no such process (or no /proc), and for zombies: nobody runs in them any more. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name stands in parentheses and may hold anything, parentheses included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), startTime: Number(fields[19]) };
}

/** Names a process beyond the reuse of its pid; `startTime` is -1 where the system does not tell. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

export function processIdentity(pid: number): ProcessIdentity {
  return { pid, startTime: readProcessStat(pid)?.startTime ?? -1 };
}

/** Whether the very process that the identity was taken of still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.startTime >= 0) return readProcessStat(identity.pid)?.startTime === identity.startTime;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
