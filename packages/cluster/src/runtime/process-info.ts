import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessStat, readProcessStat } from '@weir/core/process';

export function listProcesses(): ProcessStat[] {
  return listPids().flatMap((pid) => readProcessStat(pid) ?? []);
}

/** The environment a process was started with; undefined when it may not be read. */
export function readEnvironment(pid: number): string[] | undefined {
  return readText(`/proc/${pid}/environ`)?.split('\0').filter(Boolean);
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
