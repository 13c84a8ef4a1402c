export { mergeAnnotation, validationAnnotation } from './annotations.ts';
export { type ConditionType, conditionReasons, conditionTypes } from './conditions.ts';
export { convert } from './conversion/index.ts';
export { servingConverters } from './converters.ts';
export { adapterCriticality, modelCriticality } from './criticality.ts';
export { setDefaults } from './defaults.ts';
export * from './keys.ts';
export {
  type LocalModels,
  type ModelCache,
  type ModelCaches,
  modelCacheResources,
  withLocalModel,
} from './local-model.ts';
export { podOwner, podOwnerLabel, podSelectors } from './pod-owner.ts';
export {
  type ReviewOptions,
  reviewConfig,
  reviewService,
} from './review.ts';
export type * from './scaling-types.ts';
export type * from './status-types.ts';
export * from './types.ts';
export { devicesOf } from './validation/checks/devices.ts';
export { modelSchemes } from './validation/checks/model-uri.ts';
export {
  type Finding,
  type Subject,
  type ValidationLevel,
  validateConfigSpec,
  validateSpec,
  validationLevel,
} from './validation/index.ts';
export { podsPerReplica } from './validation/parallelism.ts';
export { type FieldWithoutEffect, fieldsWithoutEffect, withoutEffectText } from './without-effect.ts';
