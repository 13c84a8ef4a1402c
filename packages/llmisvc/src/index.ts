export { grantedRules, llmisvcRules } from './access.ts';
export { createServingAdmission, type ServingAdmissionOptions } from './admission.ts';
export { type Combined, combineConfig, type ObservedConfig } from './config/combine.ts';
export { type Layer, layerText } from './config/layers.ts';
export { type Origin, originsOf } from './config/origin.ts';
export { type PlatformConfig, type PlatformOptions, parsePlatformConfig } from './config/platform-config.ts';
export {
  causeOfError,
  type RenderedCause,
  refuseRendered,
  renderedCandidate,
} from './config/rendered-spec.ts';
export {
  computeDesired,
  computeNothing,
  type Desired,
  type DesiredInput,
  type Observed,
} from './desired/index.ts';
export { deleteLeftovers } from './leftovers.ts';
export { ModelCacheSource } from './model-cache-source.ts';
export { assumedObjects, type DocumentedService, observeDocuments } from './observe-documents.ts';
export { readWorld } from './read-world.ts';
export { type ReadyGate, readyGates } from './request-gate/request-gate.ts';
export { type LlmisvcOptions, startLlmisvc } from './start-llmisvc.ts';
export { type RenderedVerdict, validateRendered } from './validate-rendered.ts';
export { type ServingWebhooks, servingWebhooks } from './webhooks.ts';
