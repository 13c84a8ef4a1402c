/** A host folder or file that a container sees at another path. */
export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** Everything a runtime needs to start one container: no references are left to resolve. */
export interface ContainerSpec {
  /** Unique for every start, also over restarts. */
  readonly id: string;
  readonly podUid: string;
  readonly container: string;
  /** How often this container was started before. */
  readonly attempt: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As the container sees it; null: its scratch folder. */
  readonly workingDir: string | null;
  readonly mounts: readonly Mount[];
  /** Where the container leaves its termination message, on the host and as the container names it. */
  readonly terminationLog: Mount;
  /** Host paths that its program needs (interpreter, shims) and that no mount may hide. */
  readonly keepVisible: readonly string[];
  /** A private folder of the container, its HOME and default working directory. */
  readonly scratchDir: string;
  readonly logFile: string;
  readonly memoryLimitBytes: number | null;
}

export interface ContainerExit {
  /** 128 + n when signal n ended it; null: unknown, because the container was not started in this life. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly wasOutOfMemory: boolean;
  readonly finishedAt: Date;
}

export interface ExecResult {
  /** null: it ran into the time-out and was killed. */
  readonly exitCode: number | null;
  /** The first 10 KiB of both streams. */
  readonly output: string;
}

export interface RunningContainer {
  readonly id: string;
  /** How often this container was started before. */
  readonly attempt: number;
  readonly pid: number;
  readonly startedAt: Date;
  readonly exited: Promise<ContainerExit>;
  /** Sends a signal to the container's first process. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL to everything in the container. */
  kill(): void;
  /** Runs a command with the container's environment and view of the file system. */
  exec(argv: readonly string[], options: { readonly timeoutMs: number }): Promise<ExecResult>;
}

export interface Orphan {
  readonly podUid: string;
  readonly container: string;
  readonly attempt: number;
  readonly pid: number;
}

/** A container that a previous life of the runtime started and that still runs. */
export interface Survivor extends Orphan {
  readonly running: RunningContainer;
}

export interface RecoverOptions {
  /** Whether a container is still of use with the environment that it has. */
  readonly isUseful: (container: Orphan, env: Readonly<Record<string, string>>) => boolean;
  /** What the others get between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

export interface Recovered {
  readonly survivors: readonly Survivor[];
  /** Containers of which something was left, and has been ended. */
  readonly orphans: readonly Orphan[];
}

export interface ContainerRuntime {
  /** Rejects with `ContainerStartError` when the container cannot be started as asked. */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Takes over the useful containers of a previous life whose first process still runs, and ends what else is left. */
  recover(options: RecoverOptions): Promise<Recovered>;
}

/** The container cannot be started; `exitCode` is the one a shell would give (126, 127). */
export class ContainerStartError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ContainerStartError';
    this.exitCode = exitCode;
  }
}
