import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import { delay } from './abort.ts';
import type { Client } from './client.ts';
import { isKubeError } from './errors.ts';
import { Informer, nameAndVersion } from './informer.ts';

/** The routes of a definition come a moment after it says that it is established. */
const laterMs = [250, 1000, 3000] as const;
/** Where definitions may not be watched. */
const fallbackMs = 60_000;

/**
 * Tells when a kind may have appeared at an API server: one watch of the names of definitions for any number of
 * kinds that are missing. Kinds that no definition brings are looked for whenever that watch begins anew, because a
 * server that learnt of them was started again.
 */
export class DefinitionWatch {
  readonly #client: Client;
  readonly #log: Logger;
  readonly #counts = new Map<string, number>();
  readonly #waiters = new Set<() => void>();
  #all = 0;

  constructor(options: { readonly client: Client; readonly log: Logger }) {
    this.#client = options.client;
    this.#log = options.log;
  }

  start(signal: AbortSignal): void {
    void this.#run(signal);
  }

  /** Rises whenever the kind may have appeared. */
  countOf(kind: ResourceKind): number {
    return this.#all + (this.#counts.get(nameOf(kind)) ?? 0);
  }

  /** Resolves once the count is above `seen`, or the signal fires. */
  async changed(kind: ResourceKind, seen: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.countOf(kind) <= seen) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#waiters.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    await this.#untilAllowed(signal);
    if (signal.aborted) return;
    const informer = new Informer<KubeObject>({
      client: this.#client,
      kind: resources.customResourceDefinitions,
      log: this.#log,
      metadataOnly: true,
      transform: nameAndVersion,
      onWatch: () => this.#raise(null),
    });
    informer.onChange(({ object }) => {
      const { name = '' } = object.metadata;
      this.#raise(name);
      for (const ms of laterMs) void delay(ms, signal).then(() => this.#raise(name));
    });
    informer.start(signal);
  }

  async #untilAllowed(signal: AbortSignal): Promise<void> {
    let isTold = false;
    while (!signal.aborted) {
      try {
        const options = { limit: 1, metadataOnly: true, signal };
        await this.#client.list(resources.customResourceDefinitions, options);
        return;
      } catch (error) {
        if (!isKubeError(error, 'Forbidden', 'NotFound')) return;
        if (!isTold)
          this.#log.warn(
            'definitions cannot be watched: kinds that are missing are looked for once a minute',
            {
              error: error.message,
            },
          );
        isTold = true;
      }
      await delay(fallbackMs, signal);
      this.#raise(null);
    }
  }

  #raise(name: string | null): void {
    if (name === null) this.#all++;
    else this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    for (const waiter of [...this.#waiters]) waiter();
  }
}

function nameOf({ plural, group }: ResourceKind): string {
  return `${plural}.${group}`;
}
