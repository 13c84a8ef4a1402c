import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import {
  type ContainerExit,
  type ContainerRuntime,
  type ContainerSpec,
  ContainerStartError,
  type RunningContainer,
} from './contracts.ts';
import { endOrphans } from './end-orphans.ts';
import { execInContainer } from './exec.ts';
import { type Launch, prepareLaunch } from './launch.ts';
import type { LogStore } from './log-store.ts';
import type { LogWriter } from './log-writer.ts';
import { MemoryWatch } from './memory-watch.ts';
import { detectMountNamespace } from './mount-namespace.ts';
import { findMembers, ProcessTable } from './process-table.ts';

export interface ProcessRuntimeOptions {
  /** Folder for the records of started processes. */
  readonly recordDir: string;
  readonly logs: LogStore;
  readonly log: Logger;
  /** `auto`: a mount namespace where the system allows it; `paths`: never. */
  readonly isolation: 'auto' | 'paths';
  /** How often the memory of containers with a limit is looked at. */
  readonly memorySampleMs: number;
}

/** What a daemon that left the process group may hold the output open for. */
const outputWaitMs = 500;

/**
 * Waits for a line on descriptor 3 before it becomes the container. Until then the process does nothing, and it ends
 * when this one dies first: no process ever runs without a record on disk.
 */
const gate = 'read -r go <&3 || exit 125; exec 3<&-; exec "$@"';

/** Containers as process groups of this machine. */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<ContainerRuntime> {
  const tools = options.isolation === 'auto' ? await detectMountNamespace() : null;
  const table = new ProcessTable(options.recordDir);
  const memory = new MemoryWatch(options.memorySampleMs);
  options.log.debug('process runtime ready', { mountNamespace: tools !== null });
  return {
    start: async (spec) => {
      const launch = prepareLaunch(spec, tools, options.log);
      const command = launch.command(spec.argv);
      const writer = options.logs.openWriter(spec.logFile);
      try {
        return await startProcess(spec, launch, command, { table, memory, writer });
      } catch (error) {
        writer.close();
        throw error;
      }
    },
    endOrphans: ({ graceMs }) => endOrphans(table, graceMs),
  };
}

interface Parts {
  readonly table: ProcessTable;
  readonly memory: MemoryWatch;
  readonly writer: LogWriter;
}

async function startProcess(
  spec: ContainerSpec,
  launch: Launch,
  command: readonly string[],
  { table, memory, writer }: Parts,
): Promise<RunningContainer> {
  const child = spawn('/bin/sh', ['-c', gate, 'sh', ...command], {
    cwd: launch.cwd,
    env: launch.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw await spawnFailure(child);
  recordProcess(spec, pid, table);
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => writer.write(stream, chunk));
    child[stream]?.on('error', () => {});
  }
  const startedAt = new Date();
  const watch = spec.memoryLimitBytes === null ? null : memory.add(pid, spec.memoryLimitBytes);
  const exited = waitForExit(child, pid, spec.id, () => {
    const wasOutOfMemory = watch?.stop() ?? false;
    table.remove(spec.id);
    writer.close();
    return wasOutOfMemory;
  });
  const gatePipe = child.stdio[3];
  if (gatePipe !== null && gatePipe !== undefined && 'end' in gatePipe) {
    gatePipe.on('error', () => {});
    gatePipe.end('go\n');
  }
  return {
    id: spec.id,
    pid,
    startedAt,
    exited,
    signal: (signal) => send(pid, signal),
    kill: () => send(-pid, 'SIGKILL'),
    exec: (argv, { timeoutMs }) => execInContainer(launch, argv, timeoutMs),
  };
}

/** A process that cannot be remembered (the disk is full) must not run: it is still waiting at the gate. */
function recordProcess(spec: ContainerSpec, pid: number, table: ProcessTable): void {
  const { id: containerId, podUid, container, attempt } = spec;
  try {
    table.add({ podUid, container, attempt, pid, containerId });
  } catch (error) {
    send(-pid, 'SIGKILL');
    throw new ContainerStartError(`cannot record the process: ${toError(error).message}`, 128, {
      cause: error,
    });
  }
}

async function waitForExit(
  child: ChildProcess,
  pid: number,
  containerId: string,
  settle: () => boolean,
): Promise<ContainerExit> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve) => child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const finishedAt = new Date();
  // The container ends with its first process, whatever that one left running.
  send(-pid, 'SIGKILL');
  for (const straggler of findMembers(containerId)) send(straggler, 'SIGKILL');
  const waiting = new AbortController();
  await Promise.race([closed, sleep(outputWaitMs, undefined, { signal: waiting.signal }).catch(() => {})]);
  waiting.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  const wasOutOfMemory = settle();
  const number = signal === null ? null : constants.signals[signal];
  return { exitCode: code ?? 128 + (number ?? 0), signal: number, wasOutOfMemory, finishedAt };
}

function spawnFailure(child: ChildProcess): Promise<ContainerStartError> {
  return new Promise((resolve) => {
    child.once('error', (error) =>
      resolve(
        new ContainerStartError(`cannot start a process: ${toError(error).message}`, 128, { cause: error }),
      ),
    );
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
