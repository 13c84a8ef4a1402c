import type { HTTPRoute } from '../gateway/index.ts';
import type { InferencePoolSpec, InferencePoolSpecV1alpha2 } from '../inference/index.ts';
import type { KubeObject, ObjectMeta, ResourceKind } from '../meta/index.ts';
import { resources } from '../meta/index.ts';
import type { PersistentVolumeClaimSpec, PodSpec } from '../workloads/index.ts';
import type { ScalingSpec } from './scaling-types.ts';
import type { LLMInferenceServiceConfigStatus, LLMInferenceServiceStatus } from './status-types.ts';

/**
 * serving.kserve.io/v1alpha2, the stored version. v1alpha1 has the same shape except for criticality, confidential
 * models, KV offloading, the pool's spec and the parts of status that it does not know (`conversion`).
 */

/** One served model: what to load, how many pods, how requests reach them. */
export interface LLMInferenceService extends KubeObject {
  metadata: ObjectMeta;
  spec?: LLMInferenceServiceSpec;
  status?: LLMInferenceServiceStatus;
}

/** A reusable layer of an LLMInferenceService: a preset, or a base that services name in `baseRefs`. */
export interface LLMInferenceServiceConfig extends KubeObject {
  metadata: ObjectMeta;
  spec?: LLMInferenceServiceSpec;
  status?: LLMInferenceServiceConfigStatus;
}

/** The workload written at the top is the only one, or the decode side when `prefill` is given. */
export interface LLMInferenceServiceSpec extends WorkloadSpec {
  model?: ModelSpec;
  storageInitializer?: { enabled?: boolean };
  prefill?: WorkloadSpec;
  router?: RouterSpec;
  /** Presence turns tracing on, also when empty. */
  tracing?: TracingSpec;
  /** Layers under this spec; later ones win, this spec wins over all. */
  baseRefs?: { name: string }[];
  /** Weir's own: no pods run while true, as a queue system asks. */
  suspend?: boolean;
}

export interface ModelSpec {
  /** Where the weights come from: `hf://…`, `s3://…`, `pvc://…`, … Optional in a Config only. */
  uri?: string;
  /** Name that requests use; defaults to the service's name. */
  name?: string;
  /** Weights that are decrypted after the download; v1alpha2 only. */
  confidential?: { enabled: boolean; resourceId?: string };
  lora?: LoraSpec;
}

export interface LoraSpec {
  /** Adapters are models themselves; each needs a name and a uri. */
  adapters?: ModelSpec[];
  maxRank?: number;
  maxAdapters?: number;
  maxCpuAdapters?: number;
}

export interface WorkloadSpec {
  /** Pods, or groups of pods with `worker`; absent leaves the live count to autoscalers and `kubectl scale`. */
  replicas?: number;
  /** Excludes `replicas`. */
  scaling?: ScalingSpec;
  parallelism?: ParallelismSpec;
  /** Copied to the pods and the workload Service. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Merged over the preset by Kubernetes' strategic merge; container `main` is the engine. */
  template?: PartialPodSpec;
  /** Presence makes every replica a group: a leader from `template` and workers from this. */
  worker?: PartialPodSpec;
  /** v1alpha2 only. */
  kvCacheOffloading?: KvCacheOffloadingSpec;
  rolloutStrategy?: { maxUnavailable?: number | string; maxSurge?: number | string };
}

/** A pod spec as one layer writes it: everything is optional, also the containers. */
export type PartialPodSpec = Partial<PodSpec>;

export interface ParallelismSpec {
  /** Devices that hold one slice each of every layer. */
  tensor?: number;
  /** Stages that hold some layers each. */
  pipeline?: number;
  /** Ranks over all pods of a replica that hold a whole model each. */
  data?: number;
  /** Ranks in one pod. */
  dataLocal?: number;
  dataRPCPort?: number;
  expert?: boolean;
}

export interface KvCacheOffloadingSpec {
  /** Bytes of memory for the first tier, as a quantity. */
  cpu: number | string;
  evictionPolicy?: 'lru' | 'arc';
  /** Further tiers, the nearest first. */
  secondary?: { fileSystem?: FileSystemTier }[];
}

/** A directory tier; exactly one of the two. */
export interface FileSystemTier {
  emptyDir?: { size: number | string };
  pvc?: { spec?: PersistentVolumeClaimSpec; ref?: { name: string; path?: string } };
}

export interface TracingSpec {
  exporterEndpoint?: string;
  sampler?: string;
  samplerArg?: string;
  exporter?: string;
}

export interface RouterSpec {
  route?: RouteSpec;
  gateway?: GatewaySpec;
  ingress?: { refs?: { name: string; namespace?: string }[] };
  scheduler?: SchedulerSpec;
}

export interface RouteSpec {
  http?: { refs?: { name: string }[]; spec?: HTTPRoute['spec'] };
  /** Services of one group share its traffic by weight. */
  group?: string;
  weight?: number;
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
  pool?: PoolSource;
  tokenizer?: { template?: PartialPodSpec };
}

/** The managed pool's spec, or a pool that somebody else manages together with its picker. */
export interface PoolSource {
  spec?: Partial<InferencePoolSpec>;
  ref?: { name: string };
}

export interface SchedulerConfig {
  /** An EndpointPickerConfig. */
  inline?: Record<string, unknown>;
  /** The same as text in a ConfigMap; `key` defaults to `epp`. */
  ref?: { name?: string; key?: string; optional?: boolean };
}

/** How v1alpha1 says how requests of a model are treated under load; v1alpha2 keeps it in annotations. */
export type Criticality = 'Critical' | 'Standard' | 'Sheddable';

export interface ModelSpecV1alpha1 extends Omit<ModelSpec, 'confidential' | 'lora'> {
  criticality?: Criticality;
  lora?: Omit<LoraSpec, 'adapters'> & { adapters?: ModelSpecV1alpha1[] };
}

/** The spec of both kinds in v1alpha1. */
export interface LLMInferenceServiceSpecV1alpha1
  extends Omit<LLMInferenceServiceSpec, 'model' | 'router' | 'prefill' | 'kvCacheOffloading'> {
  model?: ModelSpecV1alpha1;
  prefill?: Omit<WorkloadSpec, 'kvCacheOffloading'>;
  router?: Omit<RouterSpec, 'scheduler'> & {
    scheduler?: Omit<SchedulerSpec, 'pool'> & {
      pool?: { spec?: InferencePoolSpecV1alpha2; ref?: { name: string } };
    };
  };
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
