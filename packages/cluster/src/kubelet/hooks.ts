import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleHandler } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { ProbeResult, ProbeTarget } from './probes/contracts.ts';
import { probeExec } from './probes/exec.ts';
import { probeHttp } from './probes/http-get.ts';

/** Carries out a postStart or preStop handler within the time. Never rejects. */
export async function runHook(
  handler: LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  try {
    if (handler.exec !== undefined) return await probeExec(handler.exec, target, timeoutMs);
    if (handler.httpGet !== undefined) return await probeHttp(handler.httpGet, target, timeoutMs);
    if (handler.sleep !== undefined) {
      await sleep(Math.min(timeoutMs, handler.sleep.seconds * 1000), undefined, { ref: false });
      return { isSuccess: true, message: '' };
    }
    return { isSuccess: false, message: 'the handler has no action that this node supports' };
  } catch (error) {
    return { isSuccess: false, message: toError(error).message };
  }
}
