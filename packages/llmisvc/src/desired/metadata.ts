import { apiVersionOf, childName, type ObjectMeta, type OwnerReference } from '@weir/api/meta';
import {
  childSuffixes,
  componentLabel,
  type components,
  type LLMInferenceService,
  modelBasedRoutingAnnotation,
  nameLabel,
  partOf,
  partOfLabel,
  poolMemberLabel,
  servingResources,
} from '@weir/api/serving';

type Component = (typeof components)[keyof typeof components];

export function nameOf(service: LLMInferenceService): string {
  return service.metadata.name ?? '';
}

export function namespaceOf(service: LLMInferenceService): string {
  return service.metadata.namespace ?? '';
}

export function childOf(service: LLMInferenceService, child: keyof typeof childSuffixes): string {
  return childName(nameOf(service), childSuffixes[child]);
}

export function componentLabels(service: LLMInferenceService, component: Component): Record<string, string> {
  return { [componentLabel]: component, [nameLabel]: nameOf(service), [partOfLabel]: partOf };
}

/** Selects the pods that take requests. */
export function workloadSelector(service: LLMInferenceService): Record<string, string> {
  return { [nameLabel]: nameOf(service), [partOfLabel]: partOf, [poolMemberLabel]: 'workload' };
}

/** Metadata of a namespaced child, controlled by the service. */
export function childMetadata(
  service: LLMInferenceService,
  name: string,
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
): ObjectMeta {
  return {
    name,
    namespace: namespaceOf(service),
    labels,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences: [controllerReference(service)],
  };
}

function controllerReference(service: LLMInferenceService): OwnerReference {
  return {
    apiVersion: apiVersionOf(servingResources.services),
    kind: servingResources.services.kind,
    name: nameOf(service),
    uid: service.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Keys of the service's own metadata that reach its workloads; everything else stays on the service. */
const copiedAnnotations = [
  'k8s.v1.cni.cncf.io',
  'kueue.x-k8s.io',
  'prometheus.io',
  'internal.serving.kserve.io/localmodel',
];
const copiedLabels = ['kueue.x-k8s.io', 'internal.serving.kserve.io/localmodel'];

/** Settings for LeaderWorkerSets are of use on those only. */
export function inheritedAnnotations(
  service: LLMInferenceService,
  isMultiNode = false,
): Record<string, string> {
  const more = isMultiNode ? ['leaderworkerset.sigs.k8s.io'] : [];
  return withPrefixes(service.metadata.annotations, [...copiedAnnotations, ...more]);
}

export function inheritedLabels(service: LLMInferenceService): Record<string, string> {
  return withPrefixes(service.metadata.labels, copiedLabels);
}

/** The switch of model-based routing is for the controller, not for pods. */
export function podAnnotations(annotations: Record<string, string> | undefined): Record<string, string> {
  const { [modelBasedRoutingAnnotation]: _switch, ...rest } = annotations ?? {};
  return rest;
}

function withPrefixes(
  values: Readonly<Record<string, string>> | undefined,
  prefixes: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix))),
  );
}
