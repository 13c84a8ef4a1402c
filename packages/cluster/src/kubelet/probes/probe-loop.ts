import type { Probe } from '@weir/api/workloads';
import type { ProbeResult } from './contracts.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeLoop {
  stop(): void;
}

/**
 * Asks at the probe's period and reports when a threshold is crossed. One timer is pending between two questions;
 * two never overlap. `onResult` hears every failure, `onVerdict` only changes, and the first verdict.
 */
export function startProbeLoop(
  probe: Probe,
  ask: () => Promise<ProbeResult>,
  handlers: {
    readonly onFailure: (result: ProbeResult) => void;
    readonly onVerdict: (isHealthy: boolean) => void;
  },
): ProbeLoop {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const successThreshold = probe.successThreshold ?? 1;
  const failureThreshold = probe.failureThreshold ?? 3;
  let isStopped = false;
  let verdict: boolean | null = null;
  let last: boolean | null = null;
  let run = 0;
  let timer: NodeJS.Timeout;

  const once = async (): Promise<void> => {
    const askedAt = performance.now();
    const result = await ask();
    if (isStopped) return;
    run = result.isSuccess === last ? run + 1 : 1;
    last = result.isSuccess;
    if (!result.isSuccess) handlers.onFailure(result);
    if (run >= (result.isSuccess ? successThreshold : failureThreshold) && verdict !== result.isSuccess) {
      verdict = result.isSuccess;
      handlers.onVerdict(verdict);
    }
    if (!isStopped) schedule(Math.max(0, periodMs - (performance.now() - askedAt)));
  };
  const schedule = (ms: number): void => {
    timer = setTimeout(() => void once(), ms);
  };

  schedule((probe.initialDelaySeconds ?? 0) * 1000);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
