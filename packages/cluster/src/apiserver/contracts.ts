import type { AdmissionPlugin, Converter, KubeObject } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import type { Fetch } from '@weir/kube';

export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  /** Of the run before the last restart. */
  readonly previous: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

/** Where logs of pods come from: the kubelet. */
export interface PodLogSource {
  open(
    pod: { readonly namespace: string; readonly name: string; readonly uid: string },
    options: PodLogOptions,
  ): AsyncIterable<Uint8Array>;
}

export interface ApiServerOptions {
  /** Folder of journal, snapshots and the token signing key; null keeps everything in memory. */
  readonly dataDir: string | null;
  readonly log: Logger;
  /** CustomResourceDefinitions that are created or brought up to date at start. */
  readonly crds: readonly KubeObject[];
  readonly admission: readonly AdmissionPlugin[];
  readonly converters: readonly Converter[];
  /**
   * Also serves kinds that nothing of this program acts on, such as autoscalers: for a server that stands for a cluster
   * whose other programs are somewhere else. Default false: what has no effect is refused by name.
   */
  readonly servesIdleKinds?: boolean;
  readonly podLogs?: PodLogSource;
  /** IPv4 range of ClusterIPs; default 127.79.0.0/20. */
  readonly serviceCidr?: string;
  /** The journal is replaced by a snapshot when it is larger than this; default 8 MiB. */
  readonly compactBytes?: number;
}

export interface TlsFiles {
  readonly certPem: string;
  readonly keyPem: string;
  /** The CA whose client certificates are trusted. */
  readonly caPem: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls: TlsFiles;
}

export interface ApiServer {
  /** In process, as a member of system:masters. */
  readonly fetch: Fetch;
  listen(options: ListenOptions): Promise<{ readonly port: number }>;
  setPodLogs(source: PodLogSource): void;
  /** Ends watches and connections, waits for queued writes and closes the files. */
  stop(): Promise<void>;
}
