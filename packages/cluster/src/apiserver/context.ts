import type { AdmissionPlugin } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import type { Store } from '../store/store.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { TokenAuthority } from './auth/tokens.ts';
import type { PodLogSource } from './contracts.ts';
import type { Registry } from './registry/registry.ts';
import type { Strategies } from './strategy/strategy.ts';
import type { WebhookClient } from './webhooks/webhook-client.ts';
import type { WebhookLists } from './webhooks/webhook-lists.ts';

/** The parts that every handler works with. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly log: Logger;
  /** Judges writes in process. */
  readonly admission: readonly AdmissionPlugin[];
  /** Judge writes over the network. */
  readonly webhooks: WebhookLists;
  readonly webhookClient: WebhookClient;
  readonly strategies: Strategies;
  readonly authorizer: Authorizer;
  readonly tokens: TokenAuthority;
  /** Null until a kubelet is there. */
  readonly podLogs: () => PodLogSource | null;
  readonly now: () => Date;
}
