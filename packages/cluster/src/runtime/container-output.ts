import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { toError } from '@weir/core/errors';
import { type ContainerSpec, ContainerStartError } from './contracts.ts';
import type { LogWriter } from './log-writer.ts';

const run = promisify(execFile);
const streams = ['stdout', 'stderr'] as const;

/** What a daemon that left the process group may hold the output open for. */
const endWaitMs = 500;

/**
 * The standard streams of a container, as two named pipes. The container holds both ends of them, so that it does not
 * notice when the one who reads its output dies: what it writes meanwhile (64 KiB a stream) waits for the next reader.
 */
export class ContainerOutput {
  readonly #path: string;
  readonly #readers: Socket[] = [];

  private constructor({ id, scratchDir }: Pick<ContainerSpec, 'id' | 'scratchDir'>) {
    this.#path = join(dirname(scratchDir), id);
  }

  /** Makes the pipes beside the container's folder. */
  static async create(spec: Pick<ContainerSpec, 'id' | 'scratchDir'>): Promise<ContainerOutput> {
    const output = new ContainerOutput(spec);
    try {
      await run('mkfifo', ['-m', '600', ...streams.map((stream) => `${output.#path}.${stream}`)]);
    } catch (error) {
      const problem = `cannot make the pipes for its output: ${toError(error).message}`;
      throw new ContainerStartError(problem, 128, { cause: error });
    }
    return output;
  }

  /** Those of a container that runs already. */
  static existing(spec: Pick<ContainerSpec, 'id' | 'scratchDir'>): ContainerOutput {
    return new ContainerOutput(spec);
  }

  /** Lets `start` hand the descriptors to the container, which then keeps them open. */
  handOver<T>(start: (stdout: number, stderr: number) => T, writer: LogWriter): T {
    const [stdout = -1, stderr = -1] = streams.map((stream) =>
      openSync(`${this.#path}.${stream}`, constants.O_RDWR),
    );
    try {
      const started = start(stdout, stderr);
      this.readInto(writer);
      return started;
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  }

  readInto(writer: LogWriter): void {
    for (const stream of streams) {
      const file = `${this.#path}.${stream}`;
      // Somebody may have removed the pod's folder: then the output is lost, but not the container.
      if (!existsSync(file)) continue;
      // Without the flag, opening waits for a writer.
      const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
      const reader = new Socket({ fd, readable: true, writable: false });
      reader.on('data', (chunk) => writer.write(stream, chunk));
      reader.on('error', () => {});
      this.#readers.push(reader);
    }
  }

  /** Reads what the container has written until its end, and removes the pipes. */
  async finish(): Promise<void> {
    const waiting = new AbortController();
    const closed = this.#readers.map(
      (reader) => new Promise<void>((resolve) => (reader.closed ? resolve() : reader.once('close', resolve))),
    );
    const limit = sleep(endWaitMs, undefined, { signal: waiting.signal }).catch(() => {});
    await Promise.race([Promise.all(closed), limit]);
    waiting.abort();
    for (const reader of this.#readers) reader.destroy();
    for (const stream of streams) rmSync(`${this.#path}.${stream}`, { force: true });
  }
}
