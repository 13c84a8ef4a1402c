import { type KubeObject, keyOf, resources } from '@weir/api/meta';
import type { PodStatus } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { canonicalJson } from '@weir/core/hash';
import type { Logger } from '@weir/core/log';
import { Backoff, type Client, delay, isKubeError } from '@weir/kube';

/** Writes the newest status of one pod; statuses that were overtaken while a write was under way are never sent. */
export class StatusWriter {
  readonly #client: Client;
  readonly #pod: KubeObject;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #backoff = new Backoff({ baseMs: 200, maxMs: 5000 });
  #wanted: PodStatus | undefined;
  #written = '';
  #loop: Promise<void> | undefined;

  constructor(
    client: Client,
    pod: KubeObject,
    options: { readonly log: Logger; readonly signal: AbortSignal },
  ) {
    this.#client = client;
    this.#pod = pod;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  write(status: PodStatus): void {
    if (canonicalJson(status) === this.#written) return;
    this.#wanted = status;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
  }

  /** Resolves when all that was asked for is written, or cannot be. */
  async flush(): Promise<void> {
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#wanted !== undefined && !this.#signal.aborted) {
      const status = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#send(status);
        this.#written = canonicalJson(status);
        this.#backoff.reset();
      } catch (error) {
        // Gone, or another pod of that name: there is nothing to report to.
        if (isKubeError(error, 'NotFound', 'Conflict')) return;
        this.#log.debug('pod status not written', {
          pod: this.#pod.metadata.name,
          error: toError(error).message,
        });
        this.#wanted ??= status;
        await delay(this.#backoff.next(), this.#signal);
      }
    }
  }

  /** A merge patch: lists are replaced as a whole, fields that are gone are removed by name. */
  async #send(status: PodStatus): Promise<void> {
    const removable = { reason: null, message: null, podIP: null, podIPs: null, initContainerStatuses: null };
    await this.#client.patch(
      resources.pods,
      keyOf(this.#pod),
      { metadata: { uid: this.#pod.metadata.uid }, status: { ...removable, ...status } },
      { subresource: 'status', signal: this.#signal },
    );
  }
}
