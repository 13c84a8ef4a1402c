import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { Store } from '../../store/store.ts';
import { type CompiledWebhook, compileWebhooks } from './compiled-webhook.ts';
import type { WebhookConfiguration } from './configuration.ts';

const collections = {
  mutating: 'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  validating: 'admissionregistration.k8s.io/validatingwebhookconfigurations',
} as const;

/** All admission webhooks in the order in which they are asked: by name of their configuration, then as listed. */
export class WebhookLists {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #unsubscribe: (() => void)[] = [];
  #mutating: readonly CompiledWebhook[] = [];
  #validating: readonly CompiledWebhook[] = [];

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Follows the stored configurations: a change counts from the moment it is visible. Before this there are none. */
  start(): void {
    this.#follow(collections.mutating, (webhooks) => {
      this.#mutating = webhooks;
    });
    this.#follow(collections.validating, (webhooks) => {
      this.#validating = webhooks;
    });
  }

  get mutating(): readonly CompiledWebhook[] {
    return this.#mutating;
  }

  get validating(): readonly CompiledWebhook[] {
    return this.#validating;
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #follow(collection: string, set: (webhooks: readonly CompiledWebhook[]) => void): void {
    const update = (): void => set(this.#compile(collection));
    update();
    const unsubscribe = this.#store.subscribe(collection, this.#store.revision, update);
    if (unsubscribe !== null) this.#unsubscribe.push(unsubscribe);
  }

  #compile(collection: string): CompiledWebhook[] {
    return this.#store.list(collection).flatMap((object) => {
      try {
        return compileWebhooks(object as WebhookConfiguration);
      } catch (error) {
        this.#log.error('webhooks not used', { configuration: object.metadata.name, error: toError(error) });
        return [];
      }
    });
  }
}
