import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import type { Client } from '../client.ts';
import { Controller } from '../controller.ts';
import { Informer, nameAndVersion } from '../informer.ts';
import { installWebhooks, type WebhookSet, type WebhookTarget, webhookKinds } from './install.ts';

export interface KeepInstalledOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly set: WebhookSet;
  readonly target: WebhookTarget;
  /** What callers trust at the moment. */
  readonly caBundlePem: () => string;
}

/** Replicas of two releases may want different things while one replaces the other, and would answer each other. */
const betweenRepairsMs = 1000;

/** Repairs configurations and conversion stanzas that others change or delete, such as a CRD that is applied anew. */
export async function keepWebhooksInstalled(
  options: KeepInstalledOptions,
): Promise<{ stopped(): Promise<void> }> {
  const { client, log, signal, set, target, caBundlePem } = options;
  let repairedAtMs = Number.NEGATIVE_INFINITY;
  const untilNextMs = (): number => Math.max(0, repairedAtMs + betweenRepairsMs - performance.now());
  const controller = new Controller({
    name: 'webhooks',
    log,
    reconcile: async () => {
      repairedAtMs = performance.now();
      await installWebhooks(client, set, target, caBundlePem());
      return undefined;
    },
  });
  const watch = (kind: ResourceKind, names: readonly string[]): void => {
    for (const name of names) {
      const fieldSelector = `metadata.name=${name}`;
      // That something changed is enough to know: definitions have megabytes of schemas.
      const informer = new Informer<KubeObject>({
        client,
        kind,
        log,
        fieldSelector,
        metadataOnly: true,
        transform: nameAndVersion,
      });
      // One key: everything is looked at together, and a burst of changes costs one look.
      controller.watches(informer, () => [{ namespace: '', name: 'webhooks' }], untilNextMs);
    }
  };
  watch(resources.customResourceDefinitions as ResourceKind, set.conversion.definitions);
  watch(webhookKinds.validating, Object.keys(set.validating));
  watch(webhookKinds.mutating, Object.keys(set.mutating));
  await controller.start(signal);
  return { stopped: () => controller.stopped() };
}
