import type { Container, Pod } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import type { Client } from '@weir/kube';
import type { PodLogSource } from '../apiserver/contracts.ts';

export interface ImageRequest {
  readonly image: string;
  /** Expanded; empty when the container has none. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** The container's environment, fully resolved. */
  readonly env: Readonly<Record<string, string>>;
  readonly pod: Pod;
  readonly container: Container;
}

export type ImageResolution =
  | {
      readonly type: 'program';
      readonly argv: readonly string[];
      /** Laid over the container's environment. */
      readonly env: Readonly<Record<string, string>>;
      /** Folders in front of the container's PATH. */
      readonly pathPrepend: readonly string[];
    }
  | {
      readonly type: 'unresolved';
      readonly reason: 'ErrImagePull' | 'ImageNotRunnableLocally';
      readonly message: string;
    };

/** Decides what a container runs on this machine. */
export interface ImageResolver {
  resolve(request: ImageRequest): ImageResolution | Promise<ImageResolution>;
}

/** Gives each pod its own address. Remembers owners over restarts. */
export interface AddressPool {
  /** The address of this owner; the same one until it is released. Throws when all are taken. */
  acquire(owner: string): string;
  release(owner: string): void;
  owners(): readonly string[];
}

export interface ApiAccess {
  /** Base URL that programs in pods use for the API server. */
  readonly url: string;
  /** CA bundle that its certificate is checked with. */
  readonly caPem: string;
}

export interface KubeletTimings {
  /** Wait before the second restart of a container, doubled for each further one; default 10 s. */
  readonly backoffBaseMs: number;
  /** Default 300 s. */
  readonly backoffMaxMs: number;
  /** A container that ran this long starts with a fresh back-off; default 10 min. */
  readonly backoffResetMs: number;
  /** Wait before a missing Secret, ConfigMap or volume is looked for again; default 2 s. */
  readonly configRetryMs: number;
  /** Renewal of the node's Lease; default 10 s. */
  readonly leaseRenewMs: number;
  /** How often emptyDir volumes with a sizeLimit are measured; default 10 s. */
  readonly sizeCheckMs: number;
  /** How often the memory of containers with a limit is looked at; default 2 s. */
  readonly memorySampleMs: number;
  /** What processes of a previous life get between SIGTERM and SIGKILL; default 3 s. */
  readonly orphanGraceMs: number;
}

export interface KubeletOptions {
  readonly client: Client;
  /** Default `weir`. */
  readonly nodeName?: string;
  /** Address of the node, and of pods with hostNetwork; default 127.0.0.1. */
  readonly nodeIP?: string;
  /** Where the API server finds the logs of pods, at the address of the node (`startLogServer`); default: nowhere. */
  readonly logPort?: number;
  /** Folder for volumes, logs and process records; only this kubelet may use it. */
  readonly stateDir: string;
  readonly addresses: AddressPool;
  readonly images: ImageResolver;
  readonly apiAccess: ApiAccess;
  readonly log: Logger;
  /** Ends the kubelet. */
  readonly signal: AbortSignal;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** Devices the node offers, such as `{ 'nvidia.com/gpu': '8' }`. */
  readonly extendedResources?: Readonly<Record<string, string>>;
  /** What requests of pods may add up to where it differs from what the machine has; default the same. */
  readonly allocatable?: Readonly<Record<string, string>>;
  /** Host paths that programs in pods need and that no mount may hide: installation folders, caches. */
  readonly keepVisible?: readonly string[];
  /** `auto` (default): pods get a mount namespace where the system allows it; `paths`: paths are rewritten only. */
  readonly isolation?: 'auto' | 'paths';
  /** Let pods write to hostPath volumes; default false. */
  readonly writableHostPaths?: boolean;
  /** Bind PersistentVolumeClaims to local folders; default true. */
  readonly provisionLocalVolumes?: boolean;
  /** Mount the account's token in pods that come without it, as admission does elsewhere; default true. */
  readonly addsServiceAccountTokens?: boolean;
  readonly logLimits?: { readonly maxFileBytes: number; readonly maxFiles: number };
  /** What happens to pods when the signal fires; `graceMs` caps their own grace. Default: stop within 10 s. */
  readonly onStop?: { readonly type: 'stop'; readonly graceMs: number } | { readonly type: 'leave' };
  readonly timings?: Partial<KubeletTimings>;
}

export interface Kubelet {
  readonly logs: PodLogSource;
  /** A pod that is bound to this node. */
  findPod(namespace: string, name: string): Pod | undefined;
  /** Resolves when everything has ended after the signal fired. */
  stopped(): Promise<void>;
}

export const defaultTimings: KubeletTimings = {
  backoffBaseMs: 10_000,
  backoffMaxMs: 300_000,
  backoffResetMs: 600_000,
  configRetryMs: 2000,
  leaseRenewMs: 10_000,
  sizeCheckMs: 10_000,
  memorySampleMs: 2000,
  orphanGraceMs: 3000,
};
