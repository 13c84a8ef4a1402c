import type { Gateway, HTTPRoute, Ingress } from '@weir/api/gateway';
import type { InferencePool } from '@weir/api/inference';
import type { Condition, KubeObject, ObjectRef, ResourceKind } from '@weir/api/meta';
import type { ConditionType, LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { ConfigMap, Pod, Secret, Service, ServiceAccount } from '@weir/api/workloads';
import type { PlatformConfig } from '../config/platform-config.ts';

export interface ObservedChild {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
  /** Several services use it; none of them removes it. */
  readonly isShared?: boolean;
}

/** The world around one service, as far as the merged spec asks about it. Absent objects are absent. */
export interface Observed {
  /** Everything that the service controls, and the cluster-scoped objects made for it. */
  readonly children: readonly ObservedChild[];
  /** Pods of the service: engines and pickers. */
  readonly pods: readonly Pod[];
  /** Gateways that the spec or a referenced route names. */
  readonly gateways: readonly Gateway[];
  /** HTTPRoutes named by `router.route.http.refs`. */
  readonly routes: readonly HTTPRoute[];
  /** Services in the namespaces of the gateways that stand before them. */
  readonly gatewayServices: readonly Service[];
  /** ServiceAccounts that the spec names, and the `default` of the namespace. */
  readonly serviceAccounts: readonly ServiceAccount[];
  /** Secrets that hold credentials for downloads: their keys and settings, never their values. */
  readonly secrets: readonly Secret[];
  /** The ConfigMap of the system namespace that holds the CA bundle of downloads. */
  readonly caBundle: ConfigMap | undefined;
  /** Pools of somebody else, named by `scheduler.pool.ref`. */
  readonly pools: readonly InferencePool[];
  /** Ingresses named by `router.ingress.refs`. */
  readonly ingresses: readonly Ingress[];
  /** The other services of the routing group, those that are being deleted included. */
  readonly groupPeers: readonly LLMInferenceService[];
  /** Names of services outside the group that are asked for by the same model names. */
  readonly namesakes: readonly string[];
  /** Kinds that the API server does not serve: their CRDs are missing. */
  readonly missingKinds: readonly ResourceKind[];
  /** The ConfigMap of `scheduler.config.ref`. */
  readonly schedulerConfigMap: ConfigMap | undefined;
}

export interface DesiredInput {
  readonly service: LLMInferenceService;
  /** Merged, rendered, valid. */
  readonly spec: LLMInferenceServiceSpec;
  readonly platform: PlatformConfig;
  readonly observed: Observed;
}

export interface DesiredChild {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
  /** Where the server refuses to change a field: the object is made anew, and this becomes of what depends on it. */
  readonly recreate?: 'Background' | 'Orphan';
}

/** A key pair that has to exist; made by the executor, because it needs randomness. */
export interface CertificateSpec {
  /** The Secret without its data. */
  readonly secret: KubeObject;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Annotations that tell when to renew; the first is written. */
  readonly expirationAnnotations: readonly string[];
}

export type ConditionPatch = Pick<Condition, 'status'> & {
  readonly type: ConditionType;
  readonly reason: string;
  readonly message: string;
};

/** What one part of a service wants to exist. */
export interface PartResult {
  /** Where a failed write of this part is reported, and under which reason a kind whose CRD is missing. */
  readonly failure: {
    readonly condition: ConditionType;
    readonly reason: string;
    readonly missingKindReason?: string;
  };
  readonly apply: readonly DesiredChild[];
  /** Left as they are, because what they should become cannot be told yet. */
  readonly keep?: readonly ObjectRef[];
  readonly generate?: readonly CertificateSpec[];
  /** What the part knows already to be wrong. */
  readonly conditions?: readonly ConditionPatch[];
  /** What works and deserves a word all the same; told once. */
  readonly warnings?: readonly { readonly reason: string; readonly message: string }[];
}

export type Part = (input: DesiredInput) => PartResult | null;

export interface Desired {
  readonly parts: readonly PartResult[];
  /** Children that exist and are not wanted any more. */
  readonly remove: readonly ObjectRef[];
}
