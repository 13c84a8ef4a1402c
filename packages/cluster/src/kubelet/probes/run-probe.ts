import type { Probe } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { ProbeResult, ProbeTarget } from './contracts.ts';
import { probeExec } from './exec.ts';
import { probeGrpc } from './grpc.ts';
import { probeHttp } from './http-get.ts';
import { probeTcp } from './tcp-socket.ts';

/** Asks once. Never rejects: whatever goes wrong is a failed probe. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.httpGet !== undefined) return await probeHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket !== undefined) return await probeTcp(probe.tcpSocket, target, timeoutMs);
    if (probe.grpc !== undefined) return await probeGrpc(probe.grpc, target, timeoutMs);
    if (probe.exec !== undefined) return await probeExec(probe.exec, target, timeoutMs);
    return { isSuccess: false, message: 'the probe has no handler' };
  } catch (error) {
    return { isSuccess: false, message: toError(error).message };
  }
}
