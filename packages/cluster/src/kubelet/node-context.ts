import type { Logger } from '@weir/core/log';
import type { Client, EventRecorder } from '@weir/kube';
import type { ContainerRuntime, LogStore } from '../runtime/index.ts';
import type { AddressPool, ApiAccess, ImageResolver, KubeletTimings } from './contracts.ts';
import type { StateDirs } from './pod-dirs.ts';

/** What all pods of a node share. */
export interface NodeContext {
  readonly client: Client;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly runtime: ContainerRuntime;
  readonly logs: LogStore;
  readonly images: ImageResolver;
  readonly addresses: AddressPool;
  readonly apiAccess: ApiAccess;
  readonly events: EventRecorder;
  readonly dirs: StateDirs;
  readonly keepVisible: readonly string[];
  readonly writableHostPaths: boolean;
  readonly provisionLocalVolumes: boolean;
  readonly addsServiceAccountTokens: boolean;
  readonly timings: KubeletTimings;
  readonly log: Logger;
  /** Ends calls to the API server; fires when the kubelet has stopped, not when it is asked to. */
  readonly signal: AbortSignal;
}
