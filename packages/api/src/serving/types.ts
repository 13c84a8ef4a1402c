import type { HTTPRoute } from '../gateway/index.ts';
import type { InferencePoolSpec } from '../inference/index.ts';
import type { Condition, KubeObject, ObjectMeta, ResourceKind } from '../meta/index.ts';
import { resources } from '../meta/index.ts';
import type { PodSpec } from '../workloads/index.ts';

/**
 * serving.kserve.io/v1alpha2, the stored version. v1alpha1 has the same shape except for the pool's spec and the
 * parts of status that it does not know (`conversion.ts`).
 */

/** One served model: what to load, how many pods, how requests reach them. */
export interface LLMInferenceService extends KubeObject {
  metadata: ObjectMeta;
  spec: LLMInferenceServiceSpec;
  status?: LLMInferenceServiceStatus;
}

/** A reusable layer of an LLMInferenceService: a preset, or a base that services name in `baseRefs`. */
export interface LLMInferenceServiceConfig extends KubeObject {
  metadata: ObjectMeta;
  spec: LLMInferenceServiceSpec;
  status?: { observedGeneration?: number; conditions?: Condition[] };
}

export interface LLMInferenceServiceSpec extends WorkloadSpec {
  model?: ModelSpec;
  router?: RouterSpec;
  /** Layers under this spec; later ones win, this spec wins over all. */
  baseRefs?: { name: string }[];
}

export interface ModelSpec {
  /** Where the weights come from: `hf://…`, `s3://…`, `pvc://…`, … Optional in a Config only. */
  uri?: string;
  /** Name that requests use; defaults to the service's name. */
  name?: string;
}

export interface WorkloadSpec {
  /** Pods; absent leaves the live count to autoscalers and `kubectl scale`. */
  replicas?: number;
  /** Copied to the pods and the workload Service. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Merged over the preset by Kubernetes' strategic merge; container `main` is the engine. */
  template?: PartialPodSpec;
}

/** A pod spec as one layer writes it: everything is optional, also the containers. */
export type PartialPodSpec = Partial<PodSpec>;

export interface RouterSpec {
  route?: RouteSpec;
  gateway?: GatewaySpec;
  scheduler?: SchedulerSpec;
}

export interface RouteSpec {
  http?: { refs?: { name: string }[]; spec?: HTTPRoute['spec'] };
}

export interface GatewaySpec {
  refs?: GatewayRef[];
}

export interface GatewayRef {
  name: string;
  namespace?: string;
  sectionName?: string;
}

export interface SchedulerSpec {
  replicas?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  template?: PartialPodSpec;
  config?: SchedulerConfig;
  pool?: { spec?: Partial<InferencePoolSpec> };
}

export interface SchedulerConfig {
  /** An EndpointPickerConfig. */
  inline?: Record<string, unknown>;
  /** The same as text in a ConfigMap; `key` defaults to `epp`. */
  ref?: { name?: string; key?: string; optional?: boolean };
}

export interface LLMInferenceServiceStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  annotations?: Record<string, string>;
  url?: string;
  addresses?: StatusAddress[];
  router?: RouterStatus;
  workloads?: WorkloadsStatus;
  appliedConfigs?: AppliedConfig[];
  /** `ready/wanted`, for the REPLICAS column. */
  replicas?: string;
  /** Served model name, for the MODEL column. */
  model?: string;
  /** `single`, for the TOPOLOGY column. */
  topology?: string;
  /** `Pending`, `Downloading 62%`, `Loading`, `Serving`, `Stopped` or `Failed`, for the STAGE column. */
  stage?: string;
}

export interface StatusAddress {
  name?: string;
  url?: string;
  origin?: { group?: string; kind: string; name: string; namespace?: string };
  models?: { name: string }[];
}

export interface RouterStatus {
  gateways?: GatewayReference[];
  scheduler?: { inferencePool?: StatusReference; service?: StatusReference };
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
  apiVersion?: string;
  kind: string;
  name: string;
}

export interface WorkloadsStatus {
  primary?: WorkloadStatus;
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

export const servingGroup = 'serving.kserve.io';
export const servingVersions: readonly string[] = ['v1alpha1', 'v1alpha2'];

export const servingResources: {
  readonly services: ResourceKind<LLMInferenceService>;
  readonly configs: ResourceKind<LLMInferenceServiceConfig>;
} = {
  services: resources.llmInferenceServices as ResourceKind<LLMInferenceService>,
  configs: resources.llmInferenceServiceConfigs as ResourceKind<LLMInferenceServiceConfig>,
};
