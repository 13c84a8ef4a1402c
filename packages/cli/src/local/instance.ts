import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { cliErrors } from '../errors.ts';
import type { HomeLayout } from './home.ts';
import { processStartTime } from './process-info.ts';

/** A running local platform, as written to `instance.json` for other commands. */
export interface Instance {
  readonly pid: number;
  readonly startTime: string;
  readonly portBase: number;
  /** 0…15; decides the loopback ranges of pods, gateways and Services (features C3). */
  readonly slot: number;
  readonly startedAt: string;
}

export const slotCount = 16;

/** The instance that runs on this home, or null (also when the file is left over from a killed one). */
export function readInstance(home: HomeLayout): Instance | null {
  if (!existsSync(home.instance)) return null;
  try {
    const instance = JSON.parse(readFileSync(home.instance, 'utf8')) as Instance;
    return processStartTime(instance.pid) === instance.startTime ? instance : null;
  } catch {
    return null;
  }
}

/** Takes the home and a free slot for this process. Throws HOME_IN_USE with the pid of the other one. */
export function claimInstance(home: HomeLayout, portBase: number, now: Date): Instance {
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  const other = readInstance(home);
  if (other !== null) throw cliErrors.HOME_IN_USE({ home: home.root, pid: other.pid });
  const startTime = processStartTime(process.pid) ?? '';
  const instance: Instance = {
    pid: process.pid,
    startTime,
    portBase,
    slot: claimSlot(process.pid, startTime),
    startedAt: now.toISOString(),
  };
  rmSync(home.instance, { force: true });
  // Exclusive creation decides between two that start at the same moment.
  writeFileSync(home.instance, JSON.stringify(instance), { flag: 'wx', mode: 0o600 });
  return instance;
}

export function releaseInstance(home: HomeLayout, instance: Instance): void {
  rmSync(home.instance, { force: true });
  rmSync(slotFile(instance.slot), { force: true });
}

function slotFile(slot: number): string {
  return path.join(tmpdir(), `weir-slots-${userInfo().uid}`, `${slot}.lock`);
}

function claimSlot(pid: number, startTime: string): number {
  mkdirSync(path.dirname(slotFile(0)), { recursive: true, mode: 0o700 });
  for (let slot = 0; slot < slotCount; slot++) {
    const file = slotFile(slot);
    if (existsSync(file) && isHeld(file)) continue;
    rmSync(file, { force: true });
    try {
      writeFileSync(file, `${pid} ${startTime}`, { flag: 'wx', mode: 0o600 });
      return slot;
    } catch {
      // Another instance was quicker with this slot.
    }
  }
  throw cliErrors.NO_FREE_SLOT({ count: slotCount });
}

function isHeld(file: string): boolean {
  try {
    const [pid, startTime] = readFileSync(file, 'utf8').split(' ');
    return processStartTime(Number(pid)) === startTime;
  } catch {
    return false;
  }
}
