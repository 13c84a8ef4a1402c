import type { Picker } from '../handlers/picker.ts';
import type { HealthSource } from './health-service.ts';

/** With leader election other names are unknown; without it every name means readiness. */
const electedServices = ['', 'liveness', 'readiness', 'envoy.service.ext_proc.v3.ExternalProcessor'];

/** Pools and leaders change rarely; a watcher learns of it within this time. */
const pollMs = 500;

/**
 * Ready once the pool and its pods were read, until the process is told to end; with leader election only while this
 * replica leads. The service `liveness` is always
 * healthy: restarting a picker does not bring back a pool that is missing.
 */
export function createHealth(
  picker: Picker,
  leadership: { readonly isLeader: boolean } | null,
  signal: AbortSignal,
): HealthSource {
  const listeners = new Set<() => void>();
  const isReady = () => picker.ready() && !signal.aborted && leadership?.isLeader !== false;
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
    isKnown: (service) => leadership === null || electedServices.includes(service),
    isServing: (service) => service === 'liveness' || isReady(),
    onChange: (listener, ended) => {
      listeners.add(listener);
      ended.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
  };
}
