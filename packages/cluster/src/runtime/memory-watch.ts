import { readMemoryBytes } from './process-info.ts';

interface Watched {
  readonly pid: number;
  readonly limitBytes: number;
  wasKilled: boolean;
}

/** Kills containers that use more memory than their limit. Runs a timer only while there are any with a limit. */
export class MemoryWatch {
  readonly #watched = new Set<Watched>();
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** `stop` ends the watch and tells whether the container was killed by it. */
  add(pid: number, limitBytes: number): { stop(): boolean } {
    const watched: Watched = { pid, limitBytes, wasKilled: false };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#sample(), this.#intervalMs).unref();
    return {
      stop: () => {
        this.#watched.delete(watched);
        if (this.#watched.size === 0) {
          clearInterval(this.#timer);
          this.#timer = undefined;
        }
        return watched.wasKilled;
      },
    };
  }

  #sample(): void {
    for (const watched of this.#watched) {
      if (watched.wasKilled || readMemoryBytes(watched.pid) <= watched.limitBytes) continue;
      watched.wasKilled = true;
      try {
        process.kill(-watched.pid, 'SIGKILL');
      } catch {
        watched.wasKilled = false;
      }
    }
  }
}
