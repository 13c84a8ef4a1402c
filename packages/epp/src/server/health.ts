import type { Picker } from '../handlers/picker.ts';
import type { HealthSource } from './health-service.ts';

export type Health = HealthSource;

/** Pools appear and vanish rarely; a watcher learns of it within this time. */
const pollMs = 500;

/**
 * Ready once the pool and its pods were read, until the process is told to end. The service `liveness` is always
 * healthy: restarting a picker does not bring back a pool that is missing.
 */
export function createHealth(picker: Picker, signal: AbortSignal): Health {
  const listeners = new Set<() => void>();
  const isReady = () => picker.ready() && !signal.aborted;
  let last = isReady();
  const check = () => {
    if (isReady() === last) return;
    last = isReady();
    for (const listener of [...listeners]) listener();
  };
  const timer = setInterval(check, pollMs);
  timer.unref();
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      check();
    },
    { once: true },
  );
  void picker.whenReady().then(check);
  return {
    isServing: (service) => service === 'liveness' || isReady(),
    onChange: (listener, ended) => {
      listeners.add(listener);
      ended.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
  };
}
