/** Exponential back-off: base, 2×base, 4×base … capped. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(options: { readonly baseMs: number; readonly maxMs: number }) {
    this.#baseMs = options.baseMs;
    this.#maxMs = options.maxMs;
  }

  next(): number {
    const wait = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return wait;
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Waits, or returns early when the signal fires; never rejects. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Resolves when the signal has fired. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Fires with the signal, or after a time in milliseconds with a `TimeoutError`. In Node 20 the collector takes a
 * time-out that only `AbortSignal.any` refers to, which then never fires; one with a listener stays.
 */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  const deadline = AbortSignal.timeout(ms);
  deadline.addEventListener('abort', () => {}, { once: true });
  return AbortSignal.any([signal, deadline]);
}
