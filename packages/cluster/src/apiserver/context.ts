import type { AdmissionPlugin } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import type { Store } from '../store/store.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { TokenAuthority } from './auth/tokens.ts';
import type { PodLogSource } from './contracts.ts';
import type { Registry } from './registry/registry.ts';
import type { Strategies } from './strategy/strategy.ts';

/** The parts that every handler works with. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly log: Logger;
  readonly admission: readonly AdmissionPlugin[];
  readonly strategies: Strategies;
  readonly authorizer: Authorizer;
  readonly tokens: TokenAuthority;
  /** Null until a kubelet is there. */
  readonly podLogs: () => PodLogSource | null;
  readonly now: () => Date;
}
