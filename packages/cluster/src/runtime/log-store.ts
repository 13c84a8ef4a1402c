import { type LogReadOptions, readLog } from './log-reader.ts';
import { type LogLimits, LogWriter } from './log-writer.ts';

/** All log files of containers: which are being written, and how to read any of them. */
export class LogStore {
  readonly #limits: LogLimits;
  readonly #writers = new Map<string, LogWriter>();

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  openWriter(path: string): LogWriter {
    for (const [other, writer] of this.#writers) if (writer.isClosed) this.#writers.delete(other);
    const writer = new LogWriter(path, this.#limits);
    this.#writers.set(path, writer);
    return writer;
  }

  read(path: string, options: LogReadOptions): AsyncGenerator<Uint8Array> {
    return readLog(path, this.#writers.get(path), this.#limits.maxFiles, options);
  }
}
