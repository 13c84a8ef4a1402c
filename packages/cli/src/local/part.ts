import type { PartMessage } from './supervisor.ts';

/** Tells the supervisor, when there is one, how the start went. */
export function reportToSupervisor(message: PartMessage): void {
  process.send?.(message);
}

/** A signal that fires with `signal`, or when the supervisor is gone: a part never outlives its platform. */
export function untilSupervisorEnds(signal: AbortSignal): AbortSignal {
  if (process.send === undefined) return signal;
  const gone = new AbortController();
  process.once('disconnect', () => gone.abort(new Error('the supervisor ended')));
  return AbortSignal.any([signal, gone.signal]);
}
