import { autoscalingResources, type HorizontalPodAutoscaler, type ScaledObject } from '@weir/api/autoscaling';
import { type Gateway, gatewayResources, type HTTPRoute, type Ingress, ingresses } from '@weir/api/gateway';
import {
  type InferenceModel,
  type InferenceObjective,
  type InferencePool,
  type InferencePoolV1alpha2,
  inferenceModels,
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import {
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  partOf,
  partOfLabel,
  podOwner,
  servingResources,
} from '@weir/api/serving';
import type {
  ClusterRoleBinding,
  ConfigMap,
  Deployment,
  LeaderWorkerSet,
  Pod,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
} from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { type Client, type DefinitionWatch, Informer, OwnedFields, ValuePool } from '@weir/kube';
import { modelsOf } from './desired/index.ts';
import { withoutValues } from './secret-values.ts';

/** Local copies of everything that the controller reads. */
export interface Sources {
  readonly services: Informer<LLMInferenceService>;
  readonly configs: Informer<LLMInferenceServiceConfig>;
  readonly deployments: Informer<Deployment>;
  readonly kubeServices: Informer<Service>;
  readonly secrets: Informer<Secret>;
  readonly leaderWorkerSets: Informer<LeaderWorkerSet>;
  readonly resourceClaimTemplates: Informer;
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly roles: Informer<Role>;
  readonly roleBindings: Informer<RoleBinding>;
  readonly clusterRoleBindings: Informer<ClusterRoleBinding>;
  readonly httpRoutes: Informer<HTTPRoute>;
  readonly inferencePools: Informer<InferencePool>;
  readonly inferencePoolsV1alpha2: Informer<InferencePoolV1alpha2>;
  readonly inferenceObjectives: Informer<InferenceObjective>;
  readonly inferenceObjectivesX: Informer<InferenceObjective>;
  readonly inferenceModels: Informer<InferenceModel>;
  readonly horizontalPodAutoscalers: Informer<HorizontalPodAutoscaler>;
  readonly scaledObjects: Informer<ScaledObject>;
  readonly ingresses: Informer<Ingress>;
  readonly pods: Informer<Pod>;
  readonly gateways: Informer<Gateway>;
  readonly configMaps: Informer<ConfigMap>;
}

/** Objects by the uid of the service that controls them. */
export const ownerIndex = 'owner';
/** Pods by `namespace/name` of their service. */
export const serviceIndex = 'service';
/** Services by `namespace/name` of the gateway that they may stand before. */
export const gatewayIndex = 'gateway';
/** Services by `namespace/model` of everything that they are asked for. */
export const modelIndex = 'model';
/** Services by `namespace/name` of their routing group. */
export const groupIndex = 'group';

const partOfSelector = `${partOfLabel}=${partOf}`;

interface SourceOptions {
  /** Told which of its fields are ours of every object. */
  readonly owned?: OwnedFields;
  readonly definitions?: DefinitionWatch;
}

/** Creates the informers; the controller starts them. Of the Secrets of others only the names of their keys are kept. */
export function createSources(
  client: Client,
  log: Logger,
  { owned: fields = new OwnedFields(client.fieldManager), ...more }: SourceOptions = {},
): Sources {
  const pool = new ValuePool();
  const small = <T extends KubeObject>(object: T): T => pool.share(fields.strip(object));
  const all = <T extends KubeObject>(kind: ResourceKind<T>): Informer<T> =>
    new Informer({ client, kind, log, ...more, transform: small });
  const owned = <T extends KubeObject>(kind: ResourceKind<T>): Informer<T> =>
    new Informer({
      client,
      kind,
      log,
      ...more,
      labelSelector: partOfSelector,
      transform: small,
    });
  const sources: Sources = {
    services: all(servingResources.services),
    configs: all(servingResources.configs),
    deployments: owned(resources.deployments),
    // Unlabelled ones too: the Services of gateways tell their in-cluster names.
    kubeServices: all(resources.services),
    // Unlabelled ones too: those with credentials for downloads.
    secrets: new Informer({
      client,
      kind: resources.secrets,
      log,
      transform: (secret) => pool.share(withoutValues(fields.strip(secret))),
    }),
    leaderWorkerSets: owned(resources.leaderWorkerSets),
    resourceClaimTemplates: owned(resources.resourceClaimTemplates),
    serviceAccounts: all(resources.serviceAccounts),
    roles: owned(resources.roles),
    roleBindings: owned(resources.roleBindings),
    clusterRoleBindings: owned(resources.clusterRoleBindings),
    httpRoutes: all(gatewayResources.httpRoutes),
    inferencePools: all(inferencePoolV1),
    inferencePoolsV1alpha2: owned(inferencePoolV1alpha2),
    inferenceObjectives: owned(inferenceObjectives),
    inferenceObjectivesX: owned(inferenceObjectivesX),
    inferenceModels: owned(inferenceModels),
    horizontalPodAutoscalers: owned(autoscalingResources.horizontalPodAutoscalers),
    scaledObjects: owned(autoscalingResources.scaledObjects),
    ingresses: all(ingresses),
    pods: owned(resources.pods),
    gateways: all(gatewayResources.gateways),
    configMaps: all(resources.configMaps),
  };
  for (const informer of childInformers(sources)) informer.addIndex(ownerIndex, ownerUids);
  sources.services.addIndex(groupIndex, groupKeys);
  sources.services.addIndex(modelIndex, modelKeys);
  sources.kubeServices.addIndex(gatewayIndex, gatewayKeys);
  sources.pods.addIndex(serviceIndex, (pod) => [`${pod.metadata.namespace}/${podOwner(pod) ?? ''}`]);
  return sources;
}

/** The namespaced kinds that services consist of. */
export function childInformers(sources: Sources): readonly Informer[] {
  return [
    sources.deployments,
    sources.leaderWorkerSets,
    sources.resourceClaimTemplates,
    sources.kubeServices,
    sources.secrets,
    sources.serviceAccounts,
    sources.roles,
    sources.roleBindings,
    sources.httpRoutes,
    sources.inferencePools,
    sources.inferencePoolsV1alpha2,
    sources.inferenceObjectives,
    sources.inferenceObjectivesX,
    sources.inferenceModels,
    sources.horizontalPodAutoscalers,
    sources.scaledObjects,
    sources.ingresses,
  ] as unknown as readonly Informer[];
}

export function modelKeys(service: LLMInferenceService): string[] {
  return modelsOf(service).map((model) => `${service.metadata.namespace}/${model}`);
}

/** `namespace/group` of a service that shares its traffic. */
export function groupKeys({ metadata, spec }: LLMInferenceService): string[] {
  const group = spec?.router?.route?.group;
  return group === undefined ? [] : [`${metadata.namespace}/${group}`];
}

/** The label of the Gateway API, or the name alone, as older gateways have it. */
export function gatewayKeys({ metadata }: Service): string[] {
  const names = [metadata.labels?.['gateway.networking.k8s.io/gateway-name'], metadata.name];
  return [...new Set(names)].flatMap((name) => (name === undefined ? [] : [`${metadata.namespace}/${name}`]));
}

function ownerUids({ metadata }: KubeObject): string[] {
  return (metadata.ownerReferences ?? [])
    .filter(({ controller }) => controller === true)
    .map(({ uid }) => uid);
}
