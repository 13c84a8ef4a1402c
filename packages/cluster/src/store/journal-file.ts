import { type FileHandle, open } from 'node:fs/promises';
import { toError, type WeirError } from '@weir/core/errors';
import { storeErrors } from './errors.ts';

/** The calls of a file handle that the journal makes; tests give one that runs out of space. */
export type JournalHandle = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;

export type OpenHandle = (file: string) => Promise<JournalHandle>;

export const openHandle: OpenHandle = (file) => open(file, 'r+');

/** An append-only file whose appends are durable or, after a failure, not there at all. */
export class JournalFile {
  readonly file: string;
  readonly #handle: JournalHandle;
  #size: number;
  #hasDebris = false;

  constructor(file: string, handle: JournalHandle, size: number) {
    this.file = file;
    this.#handle = handle;
    this.#size = size;
  }

  /** False while a failed append may still have left bytes behind the end. */
  get isClean(): boolean {
    return !this.#hasDebris;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns once the data is on the disk; throws when it is certain that it will not be read back. */
  async append(data: Buffer): Promise<void> {
    try {
      if (this.#hasDebris) await this.#cutDebris();
      this.#hasDebris = true;
      let written = 0;
      while (written < data.length) {
        const position = this.#size + written;
        written += (await this.#handle.write(data, written, data.length - written, position)).bytesWritten;
      }
      await this.#handle.datasync();
      this.#size += data.length;
      this.#hasDebris = false;
    } catch (error) {
      await this.#cutDebris().catch(() => {});
      throw toStoreError(error, this.file);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #cutDebris(): Promise<void> {
    await this.#handle.truncate(this.#size);
    await this.#handle.datasync();
    this.#hasDebris = false;
  }
}

function toStoreError(thrown: unknown, file: string): WeirError {
  const cause = toError(thrown);
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return storeErrors.DISK_FULL({ file }, { cause });
  return storeErrors.WRITE_FAILED({ file, reason: cause.message }, { cause });
}
