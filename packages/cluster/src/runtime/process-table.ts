import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessStat, readProcessStat } from '@weir/core/process';
import type { ContainerSpec, Orphan } from './contracts.ts';
import { listProcesses, readBootId, readEnvironment } from './process-info.ts';

/** Environment variable by which descendants of a container are recognised even when their parent is gone. */
export const containerIdVariable = 'WEIR_CONTAINER_ID';

/** What is needed to take a container over; its environment, which may hold secrets, stays with its process. */
export type RecordedSpec = Omit<ContainerSpec, 'env'>;

interface ProcessRecord extends Orphan {
  readonly containerId: string;
  readonly spec: RecordedSpec;
  /** In milliseconds since 1970, as statuses tell it. */
  readonly startedAtMs: number;
  readonly startTime: number;
  readonly bootId: string;
}

export interface FoundContainer {
  readonly record: ProcessRecord;
  /** Its processes that are still there. */
  readonly pids: readonly number[];
}

/**
 * Remembers on disk which processes were started, so that the next life of the kubelet can tell its orphans from
 * strangers that got the same pid.
 */
export class ProcessTable {
  readonly #dir: string;
  readonly #bootId: string = readBootId();

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Must return before the process is allowed to do anything. */
  add(pid: number, { env: _env, ...spec }: ContainerSpec, startedAt: Date): void {
    const { id: containerId, podUid, container, attempt } = spec;
    const startTime = readProcessStat(pid)?.startTime ?? -1;
    const record: ProcessRecord = {
      ...{ podUid, container, attempt, pid, containerId, spec, startTime },
      startedAtMs: startedAt.getTime(),
      bootId: this.#bootId,
    };
    const path = this.#path(containerId);
    writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(containerId: string): void {
    rmSync(this.#path(containerId), { force: true });
  }

  /** Records of a previous life. */
  find(): FoundContainer[] {
    const records = this.#load();
    if (records.length === 0) return [];
    const processes = listProcesses();
    return records.map((record) => ({
      record,
      pids: processes.filter((process) => this.#isOf(process, record)).map(({ pid }) => pid),
    }));
  }

  #isOf(process: ProcessStat, record: ProcessRecord): boolean {
    if (record.bootId !== this.#bootId) return false;
    if (process.pid === record.pid) return process.startTime === record.startTime;
    return (
      process.startTime >= record.startTime &&
      readEnvironment(process.pid)?.includes(`${containerIdVariable}=${record.containerId}`) === true
    );
  }

  #load(): ProcessRecord[] {
    return readdirSync(this.#dir).flatMap((name) => {
      if (!name.endsWith('.json')) return [];
      try {
        return [JSON.parse(readFileSync(join(this.#dir, name), 'utf8')) as ProcessRecord];
      } catch {
        // Cut short by a full disk: its process never got past the gate.
        rmSync(join(this.#dir, name), { force: true });
        return [];
      }
    });
  }

  #path(containerId: string): string {
    return join(this.#dir, `${containerId}.json`);
  }
}
