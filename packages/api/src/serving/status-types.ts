import type { Condition } from '../meta/index.ts';

export interface LLMInferenceServiceStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  /** Names of the presets in use, kept across upgrades of the platform. */
  annotations?: Record<string, string>;
  url?: string;
  /** Deprecated and never written; read from older objects. */
  address?: StatusAddress;
  addresses?: StatusAddress[];
  router?: RouterStatus;
  workloads?: WorkloadsStatus;
  appliedConfigs?: AppliedConfig[];
  /** `ready/wanted`, for the REPLICAS column. */
  replicas?: string;
  /** Served model name, for the MODEL column. */
  model?: string;
  /** `single`, `pd`, `multi-node` or `pd+multi-node`, for the TOPOLOGY column. */
  topology?: string;
  /** `Pending`, `Downloading 62%`, `Loading`, `Serving`, `Stopped` or `Failed`, for the STAGE column. */
  stage?: string;
}

export interface LLMInferenceServiceConfigStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  annotations?: Record<string, string>;
  /** Services that name the Config in baseRefs, or have it as a preset; v1alpha2 only. */
  referencedBy?: { name: string; namespace: string }[];
}

export interface StatusAddress {
  name?: string;
  url?: string;
  /** PEM bundle to verify the address with. */
  CACerts?: string;
  audience?: string;
  /** v1alpha2 only, as are the models. */
  origin?: { group?: string; kind: string; name: string; namespace?: string };
  models?: { name: string }[];
}

export interface RouterStatus {
  gateways?: GatewayReference[];
  scheduler?: { inferencePool?: StatusReference; service?: StatusReference };
  group?: RoutingGroupStatus;
}

export interface RoutingGroupStatus {
  name: string;
  members?: {
    name: string;
    weight: number;
    stopped?: boolean;
    backendRef?: { group?: string; kind?: string; name: string; namespace?: string };
  }[];
}

export interface GatewayReference {
  group: string;
  kind: string;
  name: string;
  namespace: string;
  listeners?: string[];
  httpRoutes?: { group: string; kind: string; name: string; namespace: string }[];
}

export interface StatusReference {
  /** Empty for the core group. */
  group: string;
  kind: string;
  name: string;
}

export interface WorkloadsStatus {
  primary?: WorkloadStatus;
  prefill?: WorkloadStatus;
  scheduler?: WorkloadStatus;
  service?: { kind: string; name: string };
}

export interface WorkloadStatus {
  apiGroup: string;
  kind: string;
  name: string;
  readyReplicas: number;
}

/** One layer that went into the composed spec, in merge order. */
export interface AppliedConfig {
  name: string;
  namespace: string;
  source: 'Preset' | 'UserRef';
}
