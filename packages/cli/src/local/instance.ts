import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { isRunning, type ProcessIdentity, processIdentity } from '@weir/core/process';
import { cliErrors } from '../errors.ts';
import type { HomeLayout } from './home.ts';
import { hasListeners } from './port-owner.ts';
import { loopbackRanges } from './settings.ts';

/** A running local platform, as written to `instance.json` for other commands. */
export interface Instance extends ProcessIdentity {
  readonly portBase: number;
  /** 0…15; decides the loopback ranges of pods, gateways and Services (features C3). */
  readonly slot: number;
  readonly startedAt: string;
}

const slotCount = 16;

/** The instance that runs on this home, or null (also when the file is left over from a killed one). */
export function readInstance(home: HomeLayout): Instance | null {
  if (!existsSync(home.instance)) return null;
  try {
    const instance = JSON.parse(readFileSync(home.instance, 'utf8')) as Instance;
    return isRunning(instance) ? instance : null;
  } catch {
    return null;
  }
}

/** Throws HOME_IN_USE with the pid of the instance that runs on this home. */
export function requireFreeHome(home: HomeLayout): void {
  const other = readInstance(home);
  if (other !== null) throw cliErrors.HOME_IN_USE({ home: home.root, pid: other.pid });
}

/** Takes the home and a free slot for this process. Throws HOME_IN_USE with the pid of the other one. */
export function claimInstance(home: HomeLayout, portBase: number, now: Date): Instance {
  mkdirSync(home.root, { recursive: true, mode: 0o700 });
  requireFreeHome(home);
  const me = processIdentity(process.pid);
  const instance: Instance = {
    ...me,
    portBase,
    slot: claimSlot(me, lastSlot(home)),
    startedAt: now.toISOString(),
  };
  rmSync(home.instance, { force: true });
  // Exclusive creation decides between two that start at the same moment.
  writeFileSync(home.instance, JSON.stringify(instance), { flag: 'wx', mode: 0o600 });
  writeFileSync(home.slot, String(instance.slot), { mode: 0o600 });
  return instance;
}

export function releaseInstance(home: HomeLayout, instance: Instance): void {
  rmSync(home.instance, { force: true });
  rmSync(slotFile(instance.slot), { force: true });
}

function slotFile(slot: number): string {
  return path.join(tmpdir(), `weir-slots-${userInfo().uid}`, `${slot}.lock`);
}

/** The slot that this home had before, or null: its Services keep addresses of that slot's range. */
function lastSlot(home: HomeLayout): number | null {
  try {
    const slot = Number(readFileSync(home.slot, 'utf8'));
    return Number.isInteger(slot) && slot >= 0 && slot < slotCount ? slot : null;
  } catch {
    return null;
  }
}

/** Takes the home's own slot, or the next free one. */
function claimSlot(me: ProcessIdentity, own: number | null): number {
  mkdirSync(path.dirname(slotFile(0)), { recursive: true, mode: 0o700 });
  for (let tried = 0; tried < slotCount; tried++) {
    const slot = ((own ?? 0) + tried) % slotCount;
    const file = slotFile(slot);
    if (existsSync(file) && isHeld(file)) continue;
    // Pods of a killed platform still listen there; those of this home are ended by its kubelet.
    if (slot !== own && hasListeners(loopbackRanges(slot).pods)) continue;
    rmSync(file, { force: true });
    try {
      writeFileSync(file, JSON.stringify(me), { flag: 'wx', mode: 0o600 });
      return slot;
    } catch {
      // Another instance was quicker with this slot.
    }
  }
  throw cliErrors.NO_FREE_SLOT({ count: slotCount });
}

function isHeld(file: string): boolean {
  try {
    return isRunning(JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity);
  } catch {
    return false;
  }
}
