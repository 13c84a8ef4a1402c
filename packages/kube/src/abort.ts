/** Does it when the signal fires, or now when it has fired already: `addEventListener` would then wait for ever. */
export function onAbort(signal: AbortSignal, action: () => void): void {
  if (signal.aborted) action();
  else signal.addEventListener('abort', action, { once: true });
}

/** Resolves when the signal has fired. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
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

/**
 * Fires with the signal, or after a time in milliseconds with a `TimeoutError`. In Node 20 the collector takes a
 * time-out that only `AbortSignal.any` refers to, which then never fires; one with a listener stays.
 */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  const deadline = AbortSignal.timeout(ms);
  deadline.addEventListener('abort', () => {}, { once: true });
  return AbortSignal.any([signal, deadline]);
}
