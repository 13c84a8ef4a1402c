import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Backoff, delay } from '@weir/kube';
import { cliErrors } from '../errors.ts';

export interface SupervisedPart {
  readonly name: string;
  /** Arguments of weir. */
  readonly argv: readonly string[];
}

/** Parts report over the IPC channel: `ready`, or why they cannot start. */
export type PartMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };

/** Time for pods to end: their longest usual grace period and a little. */
const stopTimeoutMs = 75_000;
/** A large journal is read within seconds; what says nothing for so long hangs. */
const startTimeoutMs = 120_000;

/**
 * One process of the platform: started, restarted with back-off when it dies, stopped with SIGTERM. Its output goes
 * to a log file. It notices by its closed IPC channel when this process is killed.
 */
export class Supervised {
  readonly #part: SupervisedPart;
  readonly #logFile: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #command: readonly string[];
  readonly #startTimeoutMs: number;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopping = new AbortController();
  #restarts = 0;

  constructor(
    part: SupervisedPart,
    options: {
      readonly logs: string;
      readonly env: NodeJS.ProcessEnv;
      readonly command: readonly string[];
      readonly startTimeoutMs?: number;
    },
  ) {
    this.#part = part;
    this.#env = options.env;
    this.#command = options.command;
    this.#startTimeoutMs = options.startTimeoutMs ?? startTimeoutMs;
    mkdirSync(options.logs, { recursive: true, mode: 0o700 });
    this.#logFile = path.join(options.logs, `${part.name}.log`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Starts the process and resolves when it says that it is ready; rejects with its own words when it cannot start. */
  async start(): Promise<void> {
    await this.#launch();
    this.#ended = this.#keepAlive();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await exitOf(child);
      clearTimeout(timer);
    }
    await this.#ended;
  }

  async #launch(): Promise<void> {
    const log = openSync(this.#logFile, 'a', 0o600);
    const logStart = statSync(this.#logFile).size;
    const [program = process.execPath, ...args] = this.#command;
    const child = spawn(program, [...args, ...this.#part.argv], {
      stdio: ['ignore', log, log, 'ipc'],
      env: this.#env,
      // Ctrl-C in a terminal goes to the whole group; only this process shall decide the order of the end.
      detached: true,
    });
    this.#child = child;
    const exited = exitOf(child).then((how) => {
      throw this.#failure(`it ended with ${how}${lastLine(this.#logFile, logStart)}`);
    });
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: PartMessage) => {
        if (message.type === 'ready') resolve();
        else reject(this.#failure(message.message));
      });
    });
    const late = new AbortController();
    const hangs = delay(this.#startTimeoutMs, late.signal).then(() => {
      if (late.signal.aborted) return;
      child.kill('SIGKILL');
      throw this.#failure(`it was not ready within ${this.#startTimeoutMs / 1000} s`);
    });
    for (const promise of [exited, hangs]) promise.catch(() => {});
    try {
      await Promise.race([ready, exited, hangs]);
    } finally {
      late.abort();
    }
  }

  async #keepAlive(): Promise<void> {
    const backoff = new Backoff({ baseMs: 100, maxMs: 10_000 });
    for (;;) {
      const startedAtMs = performance.now();
      if (this.#child !== undefined) await exitOf(this.#child);
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedAtMs > 60_000) backoff.reset();
      await delay(backoff.next(), this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      await this.#launch().catch(() => {});
    }
  }

  #failure(problem: string): Error {
    return cliErrors.START_FAILED({ part: `the ${this.#part.name}`, problem, log: this.#logFile });
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  if (child.signalCode !== null) return Promise.resolve(`signal ${child.signalCode}`);
  if (child.exitCode !== null) return Promise.resolve(`exit code ${child.exitCode}`);
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once('error', (error) => resolve(error.message));
  });
}

/** The last line that the process wrote, for the message; empty when it wrote nothing. */
function lastLine(file: string, from: number): string {
  const text = readFileSync(file).subarray(from).toString('utf8').trimEnd();
  const line = text.slice(text.lastIndexOf('\n') + 1);
  if (line === '') return '';
  try {
    const { msg } = JSON.parse(line) as { msg?: string };
    return `: ${msg ?? line}`;
  } catch {
    return `: ${line.slice(0, 300)}`;
  }
}
