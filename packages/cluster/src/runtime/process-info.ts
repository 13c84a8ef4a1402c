import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks after boot; with the pid it identifies a process for as long as the machine is up. */
  readonly startTime: number;
}

/** Reads `/proc/<pid>/stat`; undefined when there is no such process (or no /proc), and for zombies. */
export function readProcess(pid: number): ProcessInfo | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command name stands in parentheses and may hold anything, parentheses included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), startTime: Number(fields[19]) };
}

export function listProcesses(): ProcessInfo[] {
  return listPids().flatMap((pid) => readProcess(pid) ?? []);
}

/** The environment a process was started with; empty when it may not be read. */
export function readEnvironment(pid: number): string[] {
  return readText(`/proc/${pid}/environ`)?.split('\0') ?? [];
}

/** Memory that cannot be dropped (anonymous and shared), of a process and its descendants. */
export function readMemoryBytes(pid: number): number {
  const status = readText(`/proc/${pid}/status`) ?? '';
  const kibibytes = ['RssAnon', 'RssShmem'].reduce(
    (sum, field) => sum + Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0),
    0,
  );
  const children = (readText(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + readMemoryBytes(Number(child)), kibibytes * 1024);
}

/** Changes with every boot, so that recorded pids of an earlier boot are never taken for ours. */
export function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function listPids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
