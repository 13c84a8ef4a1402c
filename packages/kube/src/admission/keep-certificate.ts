import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { delay } from '../abort.ts';
import { Backoff } from '../backoff.ts';
import { isKubeError } from '../errors.ts';
import {
  renewalDelayMs,
  renewed,
  type ServingCertificate,
  type ServingCertificateRequest,
} from './serving-certificate.ts';

/** Where the certificate lives between renewals, possibly shared by several processes. */
export interface CertificateStore {
  load(): Promise<ServingCertificate | undefined>;
  /** Throws a Conflict when another process wrote since `load`. */
  save(certificate: ServingCertificate): Promise<void>;
}

export interface KeepCertificateOptions {
  readonly store: CertificateStore;
  readonly request: ServingCertificateRequest;
  readonly now: () => Date;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when another certificate is to be used from now on. */
  readonly onChange: (certificate: ServingCertificate) => Promise<void> | void;
}

/** A store that others change is looked at again after this time. */
const longestWaitMs = 3_600_000;
/** Clocks that are set are noticed after this time, without asking the store. */
const clockCheckMs = 60_000;

/** Gives the first certificate, as soon as the store can be read, and goes on renewing it until the signal fires. */
export async function keepCertificate(options: KeepCertificateOptions): Promise<ServingCertificate> {
  const first = await firstOf(options);
  void keepRenewing(options, first);
  return first;
}

async function firstOf(options: KeepCertificateOptions): Promise<ServingCertificate> {
  const { log, signal } = options;
  const backoff = new Backoff({ baseMs: 250, maxMs: 5000 });
  let last = '';
  for (;;) {
    try {
      return await loadOrRenew(options);
    } catch (error) {
      if (signal.aborted) throw error;
      const { message } = toError(error);
      if (message !== last) log.warn('webhook certificate not available yet', { error: message });
      last = message;
    }
    await delay(backoff.next(), signal);
  }
}

async function keepRenewing(options: KeepCertificateOptions, first: ServingCertificate): Promise<void> {
  const { request, now, log, signal, onChange } = options;
  const backoff = new Backoff({ baseMs: 1000, maxMs: 60_000 });
  let current = first;
  let waitMs = renewalDelayMs(current, request, now());
  for (;;) {
    await untilDue(options, current, Math.min(waitMs, longestWaitMs));
    if (signal.aborted) return;
    try {
      const next = await loadOrRenew(options);
      if (next.pair.certPem !== current.pair.certPem || next.caBundlePem !== current.caBundlePem) {
        await onChange(next);
        log.info('webhook certificate renewed');
      }
      current = next;
      waitMs = renewalDelayMs(current, request, now());
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      log.warn('webhook certificate not renewed, will try again', { error: toError(error).message });
      waitMs = backoff.next();
    }
  }
}

/** Waits, but not longer than the clock of the day says by then. */
async function untilDue(
  { request, now, signal }: KeepCertificateOptions,
  current: ServingCertificate,
  waitMs: number,
): Promise<void> {
  const dueMs = performance.now() + waitMs;
  for (;;) {
    const leftMs = dueMs - performance.now();
    if (signal.aborted || leftMs <= 0) return;
    await delay(Math.min(leftMs, clockCheckMs), signal);
    if (renewalDelayMs(current, request, now()) === 0) return;
  }
}

/** Who loses the race for a renewal uses what the winner wrote. */
async function loadOrRenew({ store, request, now }: KeepCertificateOptions): Promise<ServingCertificate> {
  for (let attempt = 1; ; attempt++) {
    const current = await store.load();
    const next = await renewed(current, request, now());
    if (next === current) return next;
    try {
      await store.save(next);
      return next;
    } catch (error) {
      if (attempt === 5 || !isKubeError(error, 'Conflict', 'AlreadyExists')) throw error;
    }
  }
}
