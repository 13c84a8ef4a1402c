import type { Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import type { ApiAccess } from '../contracts.ts';
import type { DownwardFacts } from '../downward.ts';

export interface VolumeContext {
  readonly client: Client;
  readonly pod: Pod;
  /** The node's folder for this pod's volumes. */
  readonly volumesDir: string;
  /** The node's folder for claims, which outlive pods. */
  readonly claimsDir: string;
  readonly facts: DownwardFacts;
  readonly apiAccess: ApiAccess;
  readonly writableHostPaths: boolean;
  readonly provisionLocalVolumes: boolean;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

export interface MountedVolume {
  readonly hostPath: string;
  /** No mount of it may be written to, whatever the mount says. */
  readonly isReadOnly: boolean;
  /** When its content must be looked at again (a token expires); null: only when objects change. */
  readonly refreshAtMs: number | null;
}

/** A volume cannot be mounted; the message names the object. */
export class VolumeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VolumeError';
  }
}
