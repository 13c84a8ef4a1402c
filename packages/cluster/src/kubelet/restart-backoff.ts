import type { KubeletTimings } from './contracts.ts';

/**
 * When a container may start again. The first restart is immediate, the second waits the base, each further one
 * twice as long up to the cap; a run of `backoffResetMs` wipes the slate.
 */
export class RestartBackoff {
  readonly #timings: Pick<KubeletTimings, 'backoffBaseMs' | 'backoffMaxMs' | 'backoffResetMs'>;
  #waitMs = 0;
  #startedAtMs: number | null = null;

  constructor(timings: Pick<KubeletTimings, 'backoffBaseMs' | 'backoffMaxMs' | 'backoffResetMs'>) {
    this.#timings = timings;
  }

  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** The container ended, or could not be started: how long to wait. */
  ended(nowMs: number): number {
    const { backoffBaseMs, backoffMaxMs, backoffResetMs } = this.#timings;
    if (this.#startedAtMs !== null && nowMs - this.#startedAtMs >= backoffResetMs) this.#waitMs = 0;
    this.#startedAtMs = null;
    const waitMs = this.#waitMs;
    this.#waitMs = waitMs === 0 ? backoffBaseMs : Math.min(backoffMaxMs, waitMs * 2);
    return waitMs;
  }
}
