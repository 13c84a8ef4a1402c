import { toError } from '@weir/core/errors';
import { delay } from '@weir/kube';
import { isUntrusted } from './ask.ts';
import type { Send } from './send.ts';
import type { ProbeAddress } from './target.ts';

export interface GatewayWatchOptions {
  readonly send: Send;
  /** Where services are asked, now. */
  readonly addresses: () => readonly ProbeAddress[];
  /** The gateway at this address does not answer, to nobody. */
  readonly onSilent: (address: ProbeAddress, message: string) => void;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/**
 * Gateways are shared, so that looking after each of them every few seconds costs little however many services they
 * have. Any HTTP answer will do; twice none means that no service behind it can be reached. Ends with the signal.
 */
export async function watchGateways(options: GatewayWatchOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(options.everyMs, signal);
    if (signal.aborted) return;
    const shared = options.addresses().filter(({ isShared }) => isShared);
    const gateways = new Map(shared.map((address) => [gatewayKey(address), address]));
    await Promise.all([...gateways.values()].map((address) => lookAfter(address, options, signal)));
  }
}

/** Equal for the addresses of one listener. */
export function gatewayKey({ connect, url }: ProbeAddress): string {
  return `${url.split(':')[0]} ${connect.host} ${connect.port}`;
}

async function lookAfter(
  address: ProbeAddress,
  options: GatewayWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  if ((await ring(address, options, signal)) === null) return;
  const problem = await ring(address, options, signal);
  if (problem === null || signal.aborted) return;
  const { host, port } = address.connect;
  options.onSilent(address, `the gateway at ${host}:${port} does not answer: ${problem}`);
}

/** Why there was no answer; null when there was one. */
async function ring(
  { url, connect }: ProbeAddress,
  { send, timeoutMs }: GatewayWatchOptions,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await send({ method: 'GET', url: new URL('/', url).href, connect, timeoutMs }, signal);
    return null;
  } catch (error) {
    return isUntrusted(error) ? null : toError(error).message;
  }
}
