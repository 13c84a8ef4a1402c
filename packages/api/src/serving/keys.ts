/** Labels, annotations, finalizers and fixed numbers of the serving API, each with who writes and who reads it. */

/** On every child, written by the controller; read by its watches and by users. */
export const partOfLabel = 'app.kubernetes.io/part-of';
export const partOf = 'llminferenceservice';
/** Name of the service; on every child. */
export const nameLabel = 'app.kubernetes.io/name';
/** Which part of the service a child is. */
export const componentLabel = 'app.kubernetes.io/component';
export const components = {
  workload: 'llminferenceservice-workload',
  prefill: 'llminferenceservice-workload-prefill',
  leader: 'llminferenceservice-workload-leader',
  worker: 'llminferenceservice-workload-worker',
  prefillLeader: 'llminferenceservice-workload-leader-prefill',
  prefillWorker: 'llminferenceservice-workload-worker-prefill',
  router: 'llminferenceservice-router',
  scheduler: 'llminferenceservice-router-scheduler',
  tokenizer: 'tokenizer',
} as const;
/** `workload` on pods that take requests; read by pools and the workload Service as their selector. */
export const poolMemberLabel = 'kserve.io/component';
/** `both`, `decode` or `prefill` on engine pods; read by the endpoint picker's filters. */
export const roleLabel = 'llm-d.ai/role';

/** On a service, written by users: `"true"` removes everything it runs. */
export const stopAnnotation = 'serving.kserve.io/stop';
/** On `spec.annotations` (by presets) and on Gateways (`"false"`, by users): route by model name header. */
export const modelBasedRoutingAnnotation = 'serving.kserve.io/model-based-routing-enabled';
/** On routes of the controller: `v1` once the gateway is known to take pools of that API. Never taken back. */
export const poolMigratedAnnotation = 'serving.kserve.io/inference-pool-migrated';
/** On services (by admission) and on their routes: the group that shares their traffic. */
export const routingGroupLabel = 'serving.kserve.io/routing-group';
/** On the pods of a picker, by presets and users: version of llm-d that the picker's image speaks. */
export const schedulerVersionAnnotation = 'app.kubernetes.io/version';
/** On v1alpha2 objects, written and read by conversion: criticality fields of v1alpha1. */
export const modelCriticalityAnnotation = 'internal.serving.kserve.io/model-criticality';
export const loraCriticalitiesAnnotation = 'internal.serving.kserve.io/lora-criticalities';
/** On a service, written by users: how its requests, or those of its adapters, are treated under load. */
export const criticalityAnnotation = 'weir.dev/criticality';
export const loraCriticalityAnnotation = 'weir.dev/lora-criticality';
/** On an objective, written by the controller and read by pickers: the model whose requests it is for. */
export const modelNameAnnotation = 'weir.dev/model-name';
/** On a service, written by users: `off` keeps old pods although new ones find no room beside them. */
export const spareCheckAnnotation = 'weir.dev/spare-check';
/** On a Deployment, written and read by the controller: what lacked for a pod more than it has. */
export const noSpareAnnotation = 'weir.dev/no-spare';
/** In a status, written and read by the controller: hash of the merged spec that the API server took last. */
export const validatedSpecAnnotation = 'weir.dev/validated-spec';
/** On a child, written by users: the controller leaves it as it is. */
export const unmanagedAnnotation = 'weir.dev/unmanaged';
/** Key of a ConfigMap with an EndpointPickerConfig, where a reference names none. */
export const schedulerConfigKey = 'epp';
/** On HPAs and ScaledObjects, read by the variant autoscaler. */
export const variantKeys = {
  managed: 'llm-d.ai/managed',
  modelId: 'llm-d.ai/model-id',
  cost: 'llm-d.ai/variant-cost',
  accelerator: 'inference.optimization/acceleratorName',
} as const;
/** On a service, written by users: one claim of a device class for every engine pod. */
export const deviceClaimAnnotations = {
  class: 'serving.kserve.io/exp-dra-device-class',
  count: 'serving.kserve.io/exp-dra-device-count',
  selectors: 'serving.kserve.io/exp-dra-cel-selector',
  container: 'serving.kserve.io/exp-dra-container-name',
} as const;
/** On a service, written by admission, read by the controller: the model is in a cache of the nodes. */
export const localModelLabel = 'internal.serving.kserve.io/localmodel';
/** On a service, written by admission: the namespace of that cache, where it has one. */
export const localModelNamespaceLabel = 'internal.serving.kserve.io/localmodel-namespace';
export const localModelAnnotations = {
  sourceUri: 'internal.serving.kserve.io/localmodel-sourceuri',
  claim: 'internal.serving.kserve.io/localmodel-pvc-name',
} as const;
/** On a service, written by users, read by admission: no cache, whatever the value; the nodes whose copy is meant. */
export const disableLocalModelAnnotation = 'serving.kserve.io/disable-localmodel';
export const nodeGroupAnnotation = 'serving.kserve.io/nodegroup';
/** On the TLS Secret, written and read by the controller: renew after this time. */
export const certificateExpirationAnnotation = 'certificates.kserve.io/expiration';
/** On v1alpha1 objects, written and read by conversion: what that version cannot hold. */
export const v1alpha2ExtrasAnnotation = 'internal.weir.dev/v1alpha2-extras';

/** Held by the controller until the children of a deleted service are gone. */
export const serviceFinalizer = 'serving.kserve.io/llmisvc-finalizer';

export const enginePort = 8000;
export const schedulerPort = 9002;

/** The containers and volumes that presets, users and the controller agree on by name. */
export const mainContainer = 'main';
export const storageInitializerContainer = 'storage-initializer';
export const routingSidecarContainer = 'llm-d-routing-sidecar';

/** Suffixes for `childName(service, suffix)`. */
export const childSuffixes = {
  workload: '-kserve',
  prefill: '-kserve-prefill',
  multiNode: '-kserve-mn',
  multiNodePrefill: '-kserve-mn-prefill',
  workloadRole: '-kserve-role',
  workloadRoleBinding: '-kserve-rb',
  multiNodeRole: '-kserve-mn-role',
  multiNodeRoleBinding: '-kserve-mn-rb',
  deviceClaim: '-managed-dra',
  workloadService: '-kserve-workload-svc',
  certificate: '-kserve-self-signed-certs',
  route: '-kserve-route',
  pool: '-inference-pool',
  scheduler: '-kserve-router-scheduler',
  schedulerService: '-epp-service',
  schedulerAccount: '-epp-sa',
  schedulerRole: '-epp-role',
  schedulerRoleBinding: '-epp-rb',
  tokenizer: '-tokenizer',
  hpa: '-kserve-hpa',
  prefillHpa: '-kserve-prefill-hpa',
  scaledObject: '-kserve-keda',
  prefillScaledObject: '-kserve-prefill-keda',
  objective: '-objective',
  inferenceModel: '-inference-model',
  ingress: '-kserve-ingress',
  ingressBackend: '-kserve-ingress-backend',
} as const;
