import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources, ingresses } from '@weir/api/gateway';
import {
  inferenceModels,
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { apiVersionOf, type KubeObject, type ResourceKind, resources } from '@weir/api/meta';

/** Every kind that a service may consist of. */
export const allChildKinds: readonly ResourceKind[] = [
  resources.services,
  resources.secrets,
  resources.configMaps,
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
];

/** Undefined when no service consists of it. */
export function childKindOf({ apiVersion, kind }: KubeObject): ResourceKind | undefined {
  return allChildKinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
}
