import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toError } from '@weir/core/errors';
import { type ContainerSpec, ContainerStartError } from './contracts.ts';
import type { LogWriter } from './log-writer.ts';

const run = promisify(execFile);
const streams = ['stdout', 'stderr'] as const;
const chunkBytes = 64 * 1024;

/**
 * The standard streams of a container, as two named pipes that lead to its log. The container holds both ends of them,
 * so that it does not notice when the one who reads its output dies: what it writes meanwhile (64 KiB a stream) waits
 * for the next reader.
 */
export class ContainerOutput {
  readonly #path: string;
  readonly #writer: LogWriter;
  readonly #readers: Socket[] = [];

  /** Nothing is opened yet. */
  constructor({ id, scratchDir }: Pick<ContainerSpec, 'id' | 'scratchDir'>, writer: LogWriter) {
    this.#path = join(dirname(scratchDir), id);
    this.#writer = writer;
  }

  /** Makes the pipes, beside the container's folder. */
  async create(): Promise<void> {
    try {
      await run('mkfifo', ['-m', '600', ...streams.map((stream) => this.#file(stream))]);
    } catch (error) {
      const problem = `cannot make the pipes for its output: ${toError(error).message}`;
      throw new ContainerStartError(problem, 128, { cause: error });
    }
  }

  /** Lets `start` hand the descriptors to the container, which then keeps them open, and begins to read. */
  handOver<T>(start: (stdout: number, stderr: number) => T): T {
    const [stdout = -1, stderr = -1] = streams.map((stream) =>
      openSync(this.#file(stream), constants.O_RDWR),
    );
    try {
      const started = start(stdout, stderr);
      this.read();
      return started;
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  }

  read(): void {
    for (const stream of streams) {
      const fd = this.#open(stream);
      if (fd === undefined) continue;
      const reader = new Socket({ fd, readable: true, writable: false });
      reader.on('data', (chunk) => this.#writer.write(stream, chunk));
      reader.on('error', () => {});
      this.#readers.push(reader);
    }
  }

  /** The container has ended: reads what it had written by then, and removes the pipes. */
  finish(): void {
    for (const stream of streams) this.#drain(stream);
    for (const reader of this.#readers) reader.destroy();
    for (const stream of streams) rmSync(this.#file(stream), { force: true });
  }

  #drain(stream: (typeof streams)[number]): void {
    const fd = this.#open(stream);
    if (fd === undefined) return;
    try {
      for (;;) {
        const buffer = Buffer.alloc(chunkBytes);
        const length = readSync(fd, buffer);
        if (length === 0) return;
        this.#writer.write(stream, buffer.subarray(0, length));
      }
    } catch {
      // Nothing more at the moment, while somebody holds the pipe open.
    } finally {
      closeSync(fd);
    }
  }

  /** Undefined where somebody has removed the pod's folder: then the output is lost, but not the container. */
  #open(stream: (typeof streams)[number]): number | undefined {
    const file = this.#file(stream);
    // Without the flag, opening waits for a writer.
    return existsSync(file) ? openSync(file, constants.O_RDONLY | constants.O_NONBLOCK) : undefined;
  }

  #file(stream: (typeof streams)[number]): string {
    return `${this.#path}.${stream}`;
  }
}
