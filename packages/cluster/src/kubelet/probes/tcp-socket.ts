import { connect } from 'node:net';
import type { TCPSocketAction } from '@weir/api/workloads';
import type { ProbeResult, ProbeTarget } from './contracts.ts';

/** A connection that opens is success. */
export function probeTcp(
  action: TCPSocketAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const host = action.host || target.podIP;
  const port = target.port(action.port);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (isSuccess: boolean, message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ isSuccess, message });
    };
    const timer = setTimeout(() => settle(false, `dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    socket.once('connect', () => settle(true, ''));
    socket.once('error', (error) => settle(false, `dial tcp ${host}:${port}: ${error.message}`));
  });
}
