import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '@weir/core/log';
import { type Client, type Fetch, LeaderElector, onAbort } from '@weir/kube';
import type { ControllerMetrics } from './metrics.ts';
import { leaseName } from './names.ts';

export interface Election {
  /** Fires when another may have taken over. */
  readonly lost: AbortSignal;
  /** Lets writes pass only while the lease is held. */
  guard(fetch: Fetch): Fetch;
  /** Gives the lease back: nothing is written any more. */
  end(): Promise<void>;
}

/** Waits until this process leads, or the signal fires. */
export async function startElection(options: {
  readonly client: Client;
  readonly systemNamespace: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly metrics: ControllerMetrics;
}): Promise<Election> {
  const { client, systemNamespace, log, signal, metrics } = options;
  const lost = new AbortController();
  // Not the signal itself: the lease is held until the last write is done.
  const end = new AbortController();
  const status = metrics.leader.labels({ name: leaseName });
  status.set(0);
  const led = deferred();
  const elector = new LeaderElector({
    client,
    lease: { namespace: systemNamespace, name: leaseName },
    identity: `${hostname()}_${randomUUID()}`,
    log,
    now: () => Date.now(),
    onChange: (isLeader) => {
      status.set(isLeader ? 1 : 0);
      if (isLeader) led.resolve();
      else lost.abort();
    },
  });
  elector.start(end.signal);
  onAbort(signal, led.resolve);
  await led.promise;
  return {
    lost: lost.signal,
    guard: (fetch) => elector.guard(fetch),
    end() {
      end.abort();
      return elector.stopped();
    },
  };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
