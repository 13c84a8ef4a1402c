import { setMaxListeners } from 'node:events';
import type { KubeObject, ObjectKey, ResourceKind } from '@weir/api/meta';
import { keyOf, keyText, parseKey } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { aborted, onAbort } from './abort.ts';
import { isKubeError, TerminalError, UnreachableError } from './errors.ts';
import type { Informer } from './informer.ts';
import type { ObjectChange } from './object-store.ts';
import { WorkQueue } from './workqueue.ts';

export interface Result {
  /** Look again after this time; for clocks outside the cluster only. */
  readonly requeueAfterMs?: number;
}

/** Brings the world nearer to what one object asks for. Level-based: gets a key, never an event. */
export type Reconciler = (
  key: ObjectKey,
  context: { readonly signal: AbortSignal; readonly log: Logger },
) => Promise<Result | undefined>;

/** One finished look at one object, for metrics. */
export interface ReconcileOutcome {
  readonly controller: string;
  readonly result: 'success' | 'requeue_after' | 'error';
  readonly seconds: number;
}

export interface ControllerOptions {
  readonly name: string;
  readonly log: Logger;
  readonly reconcile: Reconciler;
  readonly workers?: number;
  readonly onReconciled?: (outcome: ReconcileOutcome) => void;
}

/** What is being reconciled when the signal fires may end properly within this time. */
const stopGraceMs = 1500;
const longestWaitMs = 60_000;
const unreachableWaitMs = 5000;

/** Feeds keys from informers to a reconciler: per-key order, several workers, back-off on errors. */
export class Controller {
  readonly name: string;
  readonly queue: WorkQueue = new WorkQueue();
  readonly #options: ControllerOptions;
  readonly #sources: { waitForSync(): Promise<void>; start(signal: AbortSignal): void }[] = [];
  #workers: Promise<void>[] = [];
  #cutOff: Promise<void> = Promise.resolve();

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Reconciles every object of the informer under its own key. */
  for<T extends KubeObject>(informer: Informer<T>): this {
    return this.watches(informer, (change) => [keyOf(change.object)]);
  }

  /** Reconciles the controlling owner (of kind `owner`) of every changed object. */
  owns<T extends KubeObject>(informer: Informer<T>, owner: ResourceKind): this {
    return this.watches(informer, ({ object }) =>
      (object.metadata.ownerReferences ?? [])
        .filter((reference) => reference.controller === true && reference.kind === owner.kind)
        .map((reference) => ({
          namespace: owner.namespaced ? (object.metadata.namespace ?? '') : '',
          name: reference.name,
        })),
    );
  }

  /** Reconciles the keys that a pure map finds for a changed object, at once or gathered over a while. */
  watches<T extends KubeObject>(
    informer: Informer<T>,
    map: (change: ObjectChange<T>) => readonly ObjectKey[],
    delayMs?: (key: ObjectKey) => number,
  ): this {
    this.#sources.push(informer);
    informer.onChange((change) => {
      for (const key of map(change)) {
        if (delayMs === undefined) this.queue.add(keyText(key));
        else this.queue.addAfter(keyText(key), delayMs(key));
      }
    });
    return this;
  }

  /** Starts informers and, once all caches are filled, the workers. Resolves when the workers run. */
  async start(signal: AbortSignal): Promise<void> {
    for (const source of this.#sources) source.start(signal);
    onAbort(signal, () => this.queue.close());
    await Promise.race([Promise.all(this.#sources.map((source) => source.waitForSync())), aborted(signal)]);
    if (signal.aborted) return;
    const grace = new AbortController();
    // Every request of every pass listens to it, and one pass may make many at once.
    setMaxListeners(10_000, grace.signal);
    onAbort(signal, () => setTimeout(() => grace.abort(), stopGraceMs).unref());
    for (let i = 0; i < (this.#options.workers ?? 1); i++) this.#workers.push(this.#work(grace.signal));
    this.#cutOff = aborted(grace.signal);
  }

  /** Resolves when every worker has ended, or was cut off, after the signal of `start` fired. */
  async stopped(): Promise<void> {
    await Promise.race([Promise.all(this.#workers), this.#cutOff]);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.queue.take();
      if (key === undefined) return;
      await this.#reconcileOne(key, signal);
      this.queue.done(key);
    }
  }

  /** A server that is away says nothing about the object, and is asked again soon after it is back. */
  #retry(key: string, error: unknown): void {
    const waitMs = isKubeError(error) ? error.retryAfterMs : null;
    if (waitMs !== null) this.queue.addAfter(key, Math.min(waitMs, longestWaitMs));
    else if (error instanceof UnreachableError) this.queue.addRateLimited(key, unreachableWaitMs);
    else this.queue.addRateLimited(key);
  }

  async #reconcileOne(key: string, signal: AbortSignal): Promise<void> {
    const log = this.#options.log.child({ controller: this.name, key });
    const startedAtMs = performance.now();
    const tell = (result: ReconcileOutcome['result']): void =>
      this.#options.onReconciled?.({
        controller: this.name,
        result,
        seconds: (performance.now() - startedAtMs) / 1000,
      });
    try {
      const result = await this.#options.reconcile(parseKey(key), { signal, log });
      this.queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.queue.addAfter(key, result.requeueAfterMs);
      tell(result?.requeueAfterMs === undefined ? 'success' : 'requeue_after');
    } catch (error) {
      if (signal.aborted) return;
      tell('error');
      if (error instanceof TerminalError) log.warn('reconcile failed for good', { error });
      else {
        // Conflicts are everyday: somebody else wrote between our read and our write.
        if (isKubeError(error, 'Conflict'))
          log.debug('reconcile conflicted', { error: toError(error).message });
        else log.warn('reconcile failed', { error: toError(error).message });
        this.#retry(key, error);
      }
    }
  }
}
