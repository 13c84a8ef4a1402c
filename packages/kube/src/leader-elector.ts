import { type ObjectKey, resources } from '@weir/api/meta';
import type { Lease } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { delay, withDeadline } from './abort.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import type { Fetch } from './fetch.ts';

export interface LeaderElectorOptions {
  readonly client: Client;
  readonly lease: ObjectKey;
  /** Differs between all candidates, also those of one machine. */
  readonly identity: string;
  readonly log: Logger;
  /** Milliseconds since 1970, for others to read; how long something takes is measured by `elapsedMs`. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets; default `performance.now()`. */
  readonly elapsedMs?: () => number;
  /** How long a leader that falls silent is waited for; default 15,000. */
  readonly leaseDurationMs?: number;
  /** How long a leader may fail to renew before it steps down; default 10,000. Shorter than the lease. */
  readonly renewDeadlineMs?: number;
  /** Time between attempts; default 2,000. */
  readonly retryMs?: number;
  readonly onChange?: (isLeader: boolean) => void;
}

/**
 * Holds a Lease so that at most one of several processes acts. A lease counts as abandoned by when *this* process last
 * saw it change: the clocks of two machines need not agree.
 */
export class LeaderElector {
  readonly #options: Required<Omit<LeaderElectorOptions, 'onChange'>> &
    Pick<LeaderElectorOptions, 'onChange'>;
  #isLeader = false;
  #renewedAtMs = 0;
  #seen = '';
  #seenAtMs = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectorOptions) {
    this.#options = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryMs: 2000,
      elapsedMs: () => performance.now(),
      ...options,
    };
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /**
   * Lets writes pass only while nobody else can have taken the lease. A process that was paused does not know yet that
   * it was replaced, and must not act on what it believed before.
   */
  guard(fetch: Fetch): Fetch {
    return (path, init) => {
      const isRead = (init?.method ?? 'GET') === 'GET';
      if (isRead || this.#isSure()) return fetch(path, init);
      return Promise.reject(
        new Error(`${init?.method} ${path.split('?')[0]} not sent: the lease is not held`),
      );
    };
  }

  #isSure(): boolean {
    return this.#isLeader && this.#options.elapsedMs() - this.#renewedAtMs < this.#options.renewDeadlineMs;
  }

  /** Campaigns until the signal fires. */
  start(signal: AbortSignal): void {
    this.#ended = this.#run(signal);
  }

  /** Resolves when the lease is given back after the signal of `start`. */
  stopped(): Promise<void> {
    return this.#ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { retryMs, renewDeadlineMs, elapsedMs } = this.#options;
    while (!signal.aborted) {
      // For others the lease begins when the server writes it, which is after this.
      const askedAtMs = elapsedMs();
      if (await this.#tryHold(signal)) {
        this.#renewedAtMs = askedAtMs;
        this.#set(true);
      } else if (elapsedMs() - this.#renewedAtMs >= renewDeadlineMs) this.#set(false);
      await delay(retryMs, signal);
    }
    if (this.#isLeader) await this.#release();
    this.#set(false);
  }

  #set(isLeader: boolean): void {
    if (isLeader === this.#isLeader) return;
    this.#isLeader = isLeader;
    const { lease, identity, log, onChange } = this.#options;
    log.info(isLeader ? 'became leader' : 'no longer leader', { lease: lease.name, identity });
    onChange?.(isLeader);
  }

  async #tryHold(signal: AbortSignal): Promise<boolean> {
    const { client, lease: key, retryMs, log } = this.#options;
    // An attempt that hangs must not outlive the deadline.
    const limited = withDeadline(signal, Math.max(1000, retryMs));
    try {
      const current = await client.find(resources.leases, key, { signal: limited });
      if (current === undefined) {
        await client.create(resources.leases, this.#next(undefined), { signal: limited });
        return true;
      }
      if (!this.#mayTake(current)) {
        // Another holds it, whatever this process believed.
        this.#set(false);
        return false;
      }
      await client.update(resources.leases, this.#next(current), { signal: limited });
      return true;
    } catch (error) {
      const isLost = isKubeError(error, 'Conflict', 'AlreadyExists');
      if (!isLost && !signal.aborted) {
        log.warn('lease not renewed', { lease: key.name, error: toError(error).message });
      }
      return false;
    }
  }

  #mayTake({ metadata, spec }: Lease): boolean {
    const { identity, leaseDurationMs, elapsedMs } = this.#options;
    if (metadata.resourceVersion !== this.#seen) {
      this.#seen = metadata.resourceVersion ?? '';
      this.#seenAtMs = elapsedMs();
    }
    const holder = spec?.holderIdentity ?? '';
    if (holder === '' || holder === identity) return true;
    const durationMs =
      spec?.leaseDurationSeconds === undefined ? leaseDurationMs : spec.leaseDurationSeconds * 1000;
    return elapsedMs() - this.#seenAtMs >= durationMs;
  }

  #next(current: Lease | undefined): Lease {
    const { lease: key, identity, leaseDurationMs, now } = this.#options;
    const time = microTime(now());
    const isRenewal = current?.spec?.holderIdentity === identity;
    const transitions = current?.spec?.leaseTransitions ?? 0;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: current?.metadata ?? { ...key },
      spec: {
        ...current?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.max(1, Math.round(leaseDurationMs / 1000)),
        acquireTime: (isRenewal ? current.spec?.acquireTime : undefined) ?? time,
        renewTime: time,
        leaseTransitions: isRenewal || current === undefined ? transitions : transitions + 1,
      },
    };
  }

  /** Lets the next candidate in at once instead of after the lease's duration. */
  async #release(): Promise<void> {
    const { client, lease: key, identity, log } = this.#options;
    try {
      const signal = AbortSignal.timeout(2000);
      const current = await client.find(resources.leases, key, { signal });
      if (current?.spec?.holderIdentity !== identity) return;
      const spec = { ...current.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await client.update(resources.leases, { ...current, spec }, { signal });
    } catch (error) {
      log.debug('lease not released', { lease: key.name, error: toError(error).message });
    }
  }
}

/** Kubernetes' MicroTime has exactly six decimals. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
