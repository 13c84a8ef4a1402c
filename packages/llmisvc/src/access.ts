import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources, ingresses } from '@weir/api/gateway';
import {
  inferenceModels,
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { type ResourceKind, resources } from '@weir/api/meta';
import { modelCacheResources, servingResources } from '@weir/api/serving';
import type { PolicyRule } from '@weir/api/workloads';
import { authDelegatorRole, schedulerRules } from './desired/rbac.ts';
import { sidecarRules } from './desired/workload-access.ts';

const read = ['list', 'watch'];
/** A child is applied, looked at where that is refused, replaced where it is not enough, and deleted. */
const own = ['create', 'delete', 'get', 'list', 'patch', 'watch'];

/**
 * Everything that the controllers and the admission of this package ask of an API server: the one list from which the
 * install manifests grant their account its rights. test/e2e/rbac.test.ts holds it against recorded requests, in both
 * directions.
 */
export const llmisvcRules: readonly PolicyRule[] = [
  // Finalizers are patched; the status is a subresource.
  ...rules([servingResources.services, servingResources.configs], [...read, 'patch']),
  // Merged specs are judged, and conversion is tried, by creates that are not carried out.
  ...rules([servingResources.services, servingResources.configs], ['create']),
  ...rules([servingResources.services, servingResources.configs], ['update'], 'status'),
  // An owner reference that blocks the deletion of its owner, where the server checks that.
  ...rules([servingResources.services], ['update'], 'finalizers'),
  ...rules(
    [
      resources.services,
      resources.secrets,
      resources.serviceAccounts,
      resources.deployments,
      resources.leaderWorkerSets,
      resources.resourceClaimTemplates,
      resources.roles,
      resources.roleBindings,
      resources.clusterRoleBindings,
      autoscalingResources.horizontalPodAutoscalers,
      autoscalingResources.scaledObjects,
      gatewayResources.httpRoutes,
      ingresses,
      inferencePoolV1,
      inferencePoolV1alpha2,
      inferenceObjectives,
      inferenceObjectivesX,
      inferenceModels,
      // The copy of the CA bundle beside the pods.
      resources.configMaps,
    ],
    own,
  ),
  ...rules([resources.pods, gatewayResources.gateways], read),
  // What earlier releases left behind.
  ...rules([autoscalingResources.variantAutoscalings], ['delete', 'list']),
  // What admission chooses from, where the platform's settings say so.
  ...rules([modelCacheResources.ofNamespace, modelCacheResources.ofCluster], read),
  // Definitions of kinds that a cluster may get later.
  ...rules([resources.customResourceDefinitions], read),
  // A repetition of an event raises the count of the first.
  ...rules([resources.events], ['create', 'get', 'patch']),
];

/**
 * What the controller hands on, and may hand on only because it has it: the rights of pickers and of routing sidecars.
 * The cluster's own role for token reviews it may bind without having it.
 */
export const grantedRules: readonly PolicyRule[] = [
  ...schedulerRules,
  ...sidecarRules,
  {
    apiGroups: [resources.clusterRoles.group],
    resources: [resources.clusterRoles.plural],
    resourceNames: [authDelegatorRole],
    verbs: ['bind'],
  },
];

/** One rule per API group. */
function rules(kinds: readonly ResourceKind[], verbs: readonly string[], subresource?: string): PolicyRule[] {
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  const groups = [...new Set(kinds.map(({ group }) => group))];
  return groups.map((group) => ({
    apiGroups: [group],
    resources: kinds.filter((kind) => kind.group === group).map(({ plural }) => `${plural}${suffix}`),
    verbs: [...verbs],
  }));
}
