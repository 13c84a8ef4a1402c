import type { Condition, KubeObject, ObjectMeta, ResourceKind } from '../meta/index.ts';

/** `inference.networking.k8s.io/v1` InferencePool: the pods that serve one base model, and who picks among them. */
export interface InferencePool extends KubeObject {
  metadata: ObjectMeta;
  spec: InferencePoolSpec;
  status?: InferencePoolStatus;
}

export interface InferencePoolSpec {
  /** Members: pods of the pool's own namespace with all these labels. */
  selector: { matchLabels: Record<string, string> };
  /** 1 to 8 unique ports; each port of each pod is one endpoint. */
  targetPorts: { number: number }[];
  /** What the endpoints speak; default `http`. */
  appProtocol?: 'http' | 'kubernetes.io/h2c';
  endpointPickerRef?: EndpointPickerRef;
}

export interface EndpointPickerRef {
  /** Default core. */
  group?: string;
  /** Default Service; a Service of type ExternalName is forbidden. */
  kind?: string;
  name: string;
  /** Required when the kind is Service. */
  port?: { number: number };
  /** What the proxy does while the picker cannot be reached; default FailClose. */
  failureMode?: 'FailOpen' | 'FailClose';
}

/** Written by gateways, never by the endpoint picker. */
export interface InferencePoolStatus {
  parents?: PoolParentStatus[];
}

export interface PoolParentStatus {
  parentRef: PoolParentReference;
  controllerName?: string;
  conditions?: Condition[];
}

export interface PoolParentReference {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
}

/** `inference.networking.x-k8s.io/v1alpha2` InferencePool, served by gateways from before the v1 API. */
export interface InferencePoolV1alpha2 extends KubeObject {
  metadata: ObjectMeta;
  spec: InferencePoolSpecV1alpha2;
  status?: { parent?: { parentRef: PoolParentReference; conditions?: Condition[] }[] };
}

export interface InferencePoolSpecV1alpha2 {
  selector: Record<string, string>;
  targetPortNumber: number;
  extensionRef?: {
    group?: string;
    kind?: string;
    name: string;
    portNumber?: number;
    failureMode?: 'FailOpen' | 'FailClose';
  };
}

export const inferencePoolV1: ResourceKind<InferencePool> = {
  group: 'inference.networking.k8s.io',
  version: 'v1',
  kind: 'InferencePool',
  plural: 'inferencepools',
  namespaced: true,
};

export const inferencePoolV1alpha2: ResourceKind<InferencePoolV1alpha2> = {
  group: 'inference.networking.x-k8s.io',
  version: 'v1alpha2',
  kind: 'InferencePool',
  plural: 'inferencepools',
  namespaced: true,
};
