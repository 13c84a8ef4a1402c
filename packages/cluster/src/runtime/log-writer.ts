import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface LogLimits {
  readonly maxFileBytes: number;
  /** Files kept, the current one included. */
  readonly maxFiles: number;
}

/** Longer lines are cut into parts, as the container runtime interface prescribes. */
const maxLineBytes = 16 * 1024;
const newline = 10;

/**
 * Writes both streams of a container to one file, a line each: `<time> stdout F <text>`. Rotates to `<file>.1`…
 * Writes are synchronous: they go to the page cache, keep the order of the streams and survive a kill of this process.
 */
export class LogWriter {
  readonly path: string;
  readonly #limits: LogLimits;
  readonly #rest: Record<'stdout' | 'stderr', Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  readonly #waiters = new Set<() => void>();
  #descriptor: number;
  #sizeBytes: number;
  #rotations = 0;
  #isClosed = false;

  constructor(path: string, limits: LogLimits) {
    this.path = path;
    this.#limits = limits;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
  }

  /** How often the file was rotated away. */
  get rotations(): number {
    return this.#rotations;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (this.#isClosed) return;
    const data = this.#rest[stream].length === 0 ? chunk : Buffer.concat([this.#rest[stream], chunk]);
    const time = new Date().toISOString();
    const parts: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = data.indexOf(newline, start);
      const length = (end < 0 ? data.length : end) - start;
      if (length > maxLineBytes) {
        parts.push(...line(time, stream, 'P', data.subarray(start, start + maxLineBytes)));
        start += maxLineBytes;
      } else if (end < 0) break;
      else {
        parts.push(...line(time, stream, 'F', data.subarray(start, end)));
        start = end + 1;
      }
    }
    this.#rest[stream] = Buffer.from(data.subarray(start));
    if (parts.length > 0) this.#append(Buffer.concat(parts));
  }

  /** Writes what is left of unfinished lines and wakes all readers for the last time. */
  close(): void {
    if (this.#isClosed) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#rest[stream];
      if (rest.length > 0) this.#append(Buffer.concat(line(new Date().toISOString(), stream, 'F', rest)));
    }
    this.#isClosed = true;
    closeSync(this.#descriptor);
    this.#wake();
  }

  /** Resolves at the next write, at the close, or when the signal fires. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed || signal.aborted) return resolve();
      const done = (): void => {
        this.#waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiters.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #append(data: Buffer): void {
    try {
      if (this.#sizeBytes > 0 && this.#sizeBytes + data.length > this.#limits.maxFileBytes) this.#rotate();
      this.#sizeBytes += writeSync(this.#descriptor, data);
    } catch {
      // A full disk costs log lines, never the container.
    }
    this.#wake();
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    rmSync(rotatedPath(this.path, this.#limits.maxFiles - 1), { force: true });
    for (let index = this.#limits.maxFiles - 2; index >= 0; index--) {
      const from = rotatedPath(this.path, index);
      if (existsSync(from)) renameSync(from, rotatedPath(this.path, index + 1));
    }
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#sizeBytes = 0;
    this.#rotations++;
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

/** The file itself for 0, the n-th older one otherwise. */
export function rotatedPath(path: string, index: number): string {
  return index === 0 ? path : `${path}.${index}`;
}

function line(time: string, stream: string, tag: 'F' | 'P', text: Buffer): Buffer[] {
  return [Buffer.from(`${time} ${stream} ${tag} `), text, Buffer.from('\n')];
}
