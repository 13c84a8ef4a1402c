import type {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CoreEvent,
  CustomResourceDefinition,
  Deployment,
  EndpointSlice,
  Lease,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
} from '../gen/kubernetes.ts';
import type { LeaderWorkerSet } from '../workloads/leader-worker-set.ts';
import type { KubeObject, ResourceKind } from './objects.ts';

/** The kinds that this project reads or writes by name. Shapes without a type here are plain `KubeObject`s. */
interface Resources {
  readonly namespaces: ResourceKind<Namespace>;
  readonly nodes: ResourceKind<Node>;
  readonly pods: ResourceKind<Pod>;
  readonly services: ResourceKind<Service>;
  readonly configMaps: ResourceKind<ConfigMap>;
  readonly secrets: ResourceKind<Secret>;
  readonly serviceAccounts: ResourceKind<ServiceAccount>;
  readonly events: ResourceKind<CoreEvent>;
  readonly persistentVolumeClaims: ResourceKind<PersistentVolumeClaim>;
  readonly persistentVolumes: ResourceKind<PersistentVolume>;
  readonly deployments: ResourceKind<Deployment>;
  readonly replicaSets: ResourceKind<ReplicaSet>;
  readonly endpointSlices: ResourceKind<EndpointSlice>;
  readonly leases: ResourceKind<Lease>;
  readonly roles: ResourceKind<Role>;
  readonly roleBindings: ResourceKind<RoleBinding>;
  readonly clusterRoles: ResourceKind<ClusterRole>;
  readonly clusterRoleBindings: ResourceKind<ClusterRoleBinding>;
  readonly customResourceDefinitions: ResourceKind<CustomResourceDefinition>;
  readonly gatewayClasses: ResourceKind;
  readonly gateways: ResourceKind;
  readonly httpRoutes: ResourceKind;
  readonly inferencePools: ResourceKind;
  readonly leaderWorkerSets: ResourceKind<LeaderWorkerSet>;
  readonly resourceClaimTemplates: ResourceKind;
  readonly llmInferenceServices: ResourceKind;
  readonly llmInferenceServiceConfigs: ResourceKind;
}

export const resources: Resources = {
  namespaces: cluster('', 'v1', 'Namespace', 'namespaces'),
  nodes: cluster('', 'v1', 'Node', 'nodes'),
  pods: namespaced('', 'v1', 'Pod', 'pods'),
  services: namespaced('', 'v1', 'Service', 'services'),
  configMaps: namespaced('', 'v1', 'ConfigMap', 'configmaps'),
  secrets: namespaced('', 'v1', 'Secret', 'secrets'),
  serviceAccounts: namespaced('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  events: namespaced('', 'v1', 'Event', 'events'),
  persistentVolumeClaims: namespaced('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  persistentVolumes: cluster('', 'v1', 'PersistentVolume', 'persistentvolumes'),
  deployments: namespaced('apps', 'v1', 'Deployment', 'deployments'),
  replicaSets: namespaced('apps', 'v1', 'ReplicaSet', 'replicasets'),
  endpointSlices: namespaced('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  leases: namespaced('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  roles: namespaced('rbac.authorization.k8s.io', 'v1', 'Role', 'roles'),
  roleBindings: namespaced('rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'),
  clusterRoles: cluster('rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles'),
  clusterRoleBindings: cluster(
    'rbac.authorization.k8s.io',
    'v1',
    'ClusterRoleBinding',
    'clusterrolebindings',
  ),
  customResourceDefinitions: cluster(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
  ),
  gatewayClasses: cluster('gateway.networking.k8s.io', 'v1', 'GatewayClass', 'gatewayclasses'),
  gateways: namespaced('gateway.networking.k8s.io', 'v1', 'Gateway', 'gateways'),
  httpRoutes: namespaced('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'),
  inferencePools: namespaced('inference.networking.k8s.io', 'v1', 'InferencePool', 'inferencepools'),
  leaderWorkerSets: namespaced('leaderworkerset.x-k8s.io', 'v1', 'LeaderWorkerSet', 'leaderworkersets'),
  resourceClaimTemplates: namespaced(
    'resource.k8s.io',
    'v1',
    'ResourceClaimTemplate',
    'resourceclaimtemplates',
  ),
  llmInferenceServices: namespaced(
    'serving.kserve.io',
    'v1alpha2',
    'LLMInferenceService',
    'llminferenceservices',
  ),
  llmInferenceServiceConfigs: namespaced(
    'serving.kserve.io',
    'v1alpha2',
    'LLMInferenceServiceConfig',
    'llminferenceserviceconfigs',
  ),
};

function namespaced<T extends KubeObject = KubeObject>(
  group: string,
  version: string,
  kind: string,
  plural: string,
): ResourceKind<T> {
  return { group, version, kind, plural, namespaced: true };
}

function cluster<T extends KubeObject = KubeObject>(
  group: string,
  version: string,
  kind: string,
  plural: string,
): ResourceKind<T> {
  return { group, version, kind, plural, namespaced: false };
}
