/** Condition types of LLMInferenceService. Only the first four count towards Ready; the others explain them. */
export const conditionTypes = {
  /** Requests through `status.url` are answered. */
  ready: 'Ready',
  /** The layers merged, rendered and validated. */
  presetsCombined: 'PresetsCombined',
  /** Every engine workload can take requests. */
  workloadsReady: 'WorkloadsReady',
  /** Requests find their way to the engines. */
  routerReady: 'RouterReady',
  /** The engine Deployment has its minimum of ready pods. */
  mainWorkloadReady: 'MainWorkloadReady',
  /** Every group of a multi-node workload is available. */
  workerWorkloadReady: 'WorkerWorkloadReady',
  /** The prefill Deployment has its minimum of ready pods. */
  prefillWorkloadReady: 'PrefillWorkloadReady',
  /** Every group of the multi-node prefill workload is available. */
  prefillWorkerWorkloadReady: 'PrefillWorkerWorkloadReady',
  /** At least one endpoint picker is ready. */
  schedulerWorkloadReady: 'SchedulerWorkloadReady',
  /** Every referenced Gateway is programmed. */
  gatewaysReady: 'GatewaysReady',
  /** Every route is accepted and its backends resolve. */
  httpRoutesReady: 'HTTPRoutesReady',
  /** The pool is accepted by the gateways of the routes. */
  inferencePoolReady: 'InferencePoolReady',
  /** The tokenizer of the picker answers. */
  tokenizerReady: 'TokenizerReady',
  /** Whoever scales the engines is able to. */
  scalingReady: 'ScalingReady',
  prefillScalingReady: 'PrefillScalingReady',
  /** The members of the routing group share its traffic. */
  groupReady: 'GroupReady',
  /** Members of the routing group serve other models, or cannot be reached. */
  groupDegraded: 'GroupDegraded',
  /** The Ingress leads to the service and has an address. */
  ingressReady: 'IngressReady',
  /** A request to the address that clients use was answered by this revision; counts towards Ready where pods run. */
  inferenceVerified: 'InferenceVerified',
  /** Other weights than `spec.model.uri` names are being served. */
  modelSubstituted: 'ModelSubstituted',
  /** Advice only: volumes made of images do not work as asked in this version of Kubernetes. Never True. */
  ociImageVolumeCompatible: 'OciImageVolumeCompatible',
  /** False while a change of pods waits in vain, or costs capacity for want of room. */
  rolloutStable: 'RolloutStable',
  /** Fields of the spec that nothing carries out. */
  fieldsIgnored: 'FieldsIgnored',
} as const;

export type ConditionType = (typeof conditionTypes)[keyof typeof conditionTypes];

/** Reasons of conditions, each with its meaning. Deployment reasons are copied and not listed. */
export const conditionReasons = {
  /** A preset or baseRef exists neither in the service's namespace nor in the system namespace. */
  configNotFound: 'ConfigNotFound',
  /** Merging or rendering the layers failed. */
  combineBaseError: 'CombineBaseError',
  /** The merged spec breaks a validation rule. */
  invalidRenderedConfig: 'InvalidRenderedConfig',
  /** The API server could not be asked whether the merged spec is valid. */
  validationUnavailable: 'ValidationUnavailable',
  /** The service carries the stop annotation. */
  stopped: 'Stopped',
  /** The workload has not reported yet. */
  progressing: 'Progressing',
  /** Creating the certificate failed. */
  reconcileCertsError: 'ReconcileCertsError',
  /** Writing the engine Deployment, or something it needs, failed. */
  reconcileSingleNodeWorkloadError: 'ReconcileSingleNodeWorkloadError',
  /** Writing a LeaderWorkerSet, or something it needs, failed. */
  reconcileMultiNodeWorkloadError: 'ReconcileMultiNodeWorkloadError',
  /** Writing the account or the rights of the engine pods failed. */
  reconcileWorkloadPermissionsError: 'ReconcileWorkloadPermissionsError',
  /** Writing the workload Service failed. */
  reconcileWorkloadServiceError: 'ReconcileWorkloadServiceError',
  /** Writing the endpoint picker's objects failed. */
  schedulerReconcileError: 'SchedulerReconcileError',
  /** The EndpointPickerConfig could not be read. */
  schedulerConfigInvalid: 'SchedulerConfigInvalid',
  /** The picker's container lacks a port that its Service needs. */
  schedulerPortMismatch: 'SchedulerPortMismatch',
  /** A referenced Gateway or HTTPRoute does not exist. */
  refsInvalid: 'RefsInvalid',
  /** A Gateway is not programmed. */
  gatewaysNotReady: 'GatewaysNotReady',
  /** Writing the HTTPRoute failed. */
  httpRouteReconcileError: 'HTTPRouteReconcileError',
  /** A route is not accepted, or a backend does not resolve. */
  httpRoutesNotReady: 'HTTPRoutesNotReady',
  /** No gateway has looked at the pool yet. */
  waitingForGateway: 'WaitingForGateway',
  /** A gateway refuses the pool. */
  inferencePoolNotReady: 'InferencePoolNotReady',
  /** Writing or reading the pool failed. */
  inferencePoolFetchError: 'InferencePoolFetchError',
  /** The API server does not serve a kind that is needed: its CRD is missing. */
  crdNotFound: 'CRDNotFound',
  scalingCrdNotFound: 'ScalingCRDNotFound',
  /** Writing the HorizontalPodAutoscaler or ScaledObject failed, or cannot be right. */
  reconcileScalingError: 'ReconcileScalingError',
  /** The HorizontalPodAutoscaler, or the ScaledObject, has not reported yet. */
  hpaProgressing: 'HPAProgressing',
  scaledObjectProgressing: 'ScaledObjectProgressing',
  /** The members of a routing group share its traffic. */
  membersResolved: 'MembersResolved',
  /** Most members serve one model, some another. */
  modelNameMismatch: 'ModelNameMismatch',
  /** Members serve different models, and most of them none of these. */
  modelNameAmbiguous: 'ModelNameAmbiguous',
  /** No other member can take requests. */
  backendResolutionFailed: 'BackendResolutionFailed',
  /** A deleted member waits until no route of the others leads to it. */
  finalizationPending: 'FinalizationPending',
  /** Members serve different models. */
  memberDivergence: 'MemberDivergence',
  /** The Ingress has no address yet. */
  ingressNoAddress: 'IngressNoAddress',
  /** Writing the Ingress failed. */
  ingressReconcileError: 'IngressReconcileError',
  /** The pool is accepted and no ready pod is in it. */
  endpointsEmpty: 'EndpointsEmpty',
  /** A Gateway's listener does not take routes of this namespace. */
  notAllowedByListeners: 'NotAllowedByListeners',
  /** `spec.replicas` is 0. */
  scaledToZero: 'ScaledToZero',
  /** Weights are on their way. */
  modelDownloading: 'ModelDownloading',
  /** Weights could not be fetched; another attempt follows. */
  modelDownloadFailed: 'ModelDownloadFailed',
  /** The source refuses the credentials, or none were given. */
  modelAccessDenied: 'ModelAccessDenied',
  /** The source has no such model. */
  modelNotFound: 'ModelNotFound',
  /** The engine runs and reads the weights. */
  modelLoading: 'ModelLoading',
  /** An image cannot be pulled. */
  imagePullFailed: 'ImagePullFailed',
  /** Nothing on this machine maps the container's image and command to a program. */
  imageNotRunnableLocally: 'ImageNotRunnableLocally',
  /** The scheduler finds no node for the pod. */
  unschedulable: 'Unschedulable',
  /** A volume or something it is made of is missing. */
  volumeNotReady: 'VolumeNotReady',
  /** The kernel ended the engine for lack of memory. */
  outOfMemory: 'OutOfMemory',
  /** The engine ended with an error. */
  engineCrash: 'EngineCrash',
  /** The engine did not become healthy within its startup probe's budget. */
  startupTimeout: 'StartupTimeout',
  /** A request to the service's address was answered. */
  requestAnswered: 'RequestAnswered',
  /** Nothing was asked of this revision yet. */
  requestGatePending: 'RequestGatePending',
  /** Requests to the service's address fail; the message holds the answer. */
  requestGateFailed: 'RequestGateFailed',
  /** Whether clients get answers cannot be told from here: credentials or a certificate authority are missing. */
  requestGateInconclusive: 'RequestGateInconclusive',
  /** An alias or the substitution option chose other weights. */
  modelSubstituted: 'ModelSubstituted',
  /** The API server knows no volumes made of images. */
  imageVolumeUnsupported: 'ImageVolumeUnsupported',
  /** It knows them, without a path inside. */
  imageVolumeSubPathUnsupported: 'ImageVolumeSubPathUnsupported',
  /** It knows both, behind a feature gate. */
  imageVolumeAlpha: 'ImageVolumeAlpha',
  /** Pods of a new revision find no room, and old ones may not end for them. */
  rolloutWaits: 'RolloutWaits',
  /** Old pods end before new ones start: there is no room for both. */
  noSpareRoom: 'NoSpareRoom',
  /** The message lists the fields. */
  fieldsIgnored: 'FieldsIgnored',
} as const;
