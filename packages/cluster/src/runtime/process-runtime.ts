import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { isRunning, type ProcessIdentity, processIdentity } from '@weir/core/process';
import { ContainerOutput } from './container-output.ts';
import {
  type ContainerExit,
  type ContainerRuntime,
  type ContainerSpec,
  ContainerStartError,
  type RunningContainer,
} from './contracts.ts';
import { endMembers } from './end-members.ts';
import { execInContainer } from './exec.ts';
import { type Launch, prepareLaunch } from './launch.ts';
import type { LogStore } from './log-store.ts';
import type { LogWriter } from './log-writer.ts';
import { MemoryWatch } from './memory-watch.ts';
import { detectMountNamespace } from './mount-namespace.ts';
import { ProcessTable } from './process-table.ts';
import { recover } from './recover.ts';

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

/** How often the processes of a previous life, of whose end nobody tells, are looked at. */
const survivorPollMs = 200;

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
  const parts = { table, memory };
  return {
    start: async (spec) => {
      const launch = prepareLaunch(spec, tools, options.log);
      const command = launch.command(spec.argv);
      const writer = options.logs.openWriter(spec.logFile);
      const output = new ContainerOutput(spec, writer);
      try {
        await output.create();
        return await startProcess(spec, launch, command, { ...parts, output, writer });
      } catch (error) {
        output.finish();
        writer.close();
        throw error;
      }
    },
    recover: (how) =>
      recover(table, how, ({ record }, spec) => {
        const writer = options.logs.openWriter(spec.logFile);
        const output = new ContainerOutput(spec, writer);
        output.read();
        // Its paths have been mapped already.
        const launch = { ...prepareLaunch(spec, tools, options.log), env: spec.env };
        const ended = untilGone(record).then(() => ({ code: null, signal: null }));
        const startedAt = new Date(record.startedAtMs);
        return running(spec, launch, { pid: record.pid, startedAt, ended }, { ...parts, output, writer });
      }),
  };
}

interface Parts {
  readonly table: ProcessTable;
  readonly memory: MemoryWatch;
  readonly output: ContainerOutput;
  readonly writer: LogWriter;
}

async function startProcess(
  spec: ContainerSpec,
  launch: Launch,
  command: readonly string[],
  parts: Parts,
): Promise<RunningContainer> {
  const child = parts.output.handOver((stdout, stderr) =>
    spawn('/bin/sh', ['-c', gate, 'sh', ...command], {
      cwd: launch.cwd,
      env: launch.env,
      detached: true,
      stdio: ['ignore', stdout, stderr, 'pipe'],
    }),
  );
  const { pid } = child;
  if (pid === undefined) throw await spawnFailure(child);
  const startedAt = new Date();
  recordProcess(spec, pid, startedAt, parts.table);
  const ended = new Promise<ProcessEnd>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const container = running(spec, launch, { pid, startedAt, ended }, parts);
  const gatePipe = child.stdio[3];
  if (gatePipe !== null && gatePipe !== undefined && 'end' in gatePipe) {
    gatePipe.on('error', () => {});
    gatePipe.end('go\n');
  }
  return container;
}

/** How a process ended; nothing is known of one that is not a child of ours. */
interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function running(
  spec: ContainerSpec,
  launch: Launch,
  process: { readonly pid: number; readonly startedAt: Date; readonly ended: Promise<ProcessEnd> },
  { table, memory, output, writer }: Parts,
): RunningContainer {
  const { pid, startedAt, ended } = process;
  const { startTime } = processIdentity(pid);
  const watch = spec.memoryLimitBytes === null ? null : memory.add(pid, spec.memoryLimitBytes);
  const exited = ended.then(async ({ code, signal }): Promise<ContainerExit> => {
    const finishedAt = new Date();
    // The container ends with its first process, whatever that one left running.
    send(-pid, 'SIGKILL');
    await endMembers(spec.id, startTime);
    output.finish();
    const wasOutOfMemory = watch?.stop() ?? false;
    table.remove(spec.id);
    writer.close();
    const number = signal === null ? null : constants.signals[signal];
    return { exitCode: number === null ? code : 128 + number, signal: number, wasOutOfMemory, finishedAt };
  });
  return {
    id: spec.id,
    attempt: spec.attempt,
    pid,
    startedAt,
    exited,
    signal: (signal) => send(pid, signal),
    kill: () => send(-pid, 'SIGKILL'),
    exec: (argv, { timeoutMs }) => execInContainer(launch, argv, timeoutMs),
  };
}

async function untilGone(process: ProcessIdentity): Promise<void> {
  while (isRunning(process)) await sleep(survivorPollMs);
}

/** A process that cannot be remembered (the disk is full) must not run: it is still waiting at the gate. */
function recordProcess(spec: ContainerSpec, pid: number, startedAt: Date, table: ProcessTable): void {
  try {
    table.add(pid, spec, startedAt);
  } catch (error) {
    send(-pid, 'SIGKILL');
    throw new ContainerStartError(`cannot record the process: ${toError(error).message}`, 128, {
      cause: error,
    });
  }
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
