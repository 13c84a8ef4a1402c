export { type ConditionType, conditionReasons, conditionTypes } from './conditions.ts';
export { convert } from './conversion.ts';
export { servingConverters } from './converters.ts';
export { setDefaults } from './defaults.ts';
export * from './keys.ts';
export { type ReviewRequest, type ReviewResult, reviewConfig, reviewService } from './review.ts';
export type * from './scaling-types.ts';
export type * from './status-types.ts';
export * from './types.ts';
export {
  modelSchemes,
  type UnsupportedField,
  unsupportedFields,
  validateConfigSpec,
  validateService,
  validateSpec,
} from './validation/index.ts';
