import type { FieldError } from '../../meta/index.ts';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '../types.ts';
import { nameFitsALabel } from './metadata.ts';
import { modelRules } from './model.ts';
import {
  commonRouterRules,
  inlineRouteHasNoGatewayRefs,
  inlineRouteParentsEqualGatewayRefs,
  routerWarnings,
} from './router.ts';
import type { Rule } from './rule.ts';
import { schedulerReplicasArePositive, schedulerRules } from './scheduler.ts';
import { unsupportedFieldsAreAbsent } from './unsupported.ts';

export { modelSchemes } from './model.ts';
export { type UnsupportedField, unsupportedFields } from './unsupported.ts';

const serviceRules: readonly Rule[] = [
  unsupportedFieldsAreAbsent,
  ...modelRules,
  ...commonRouterRules,
  ...schedulerRules,
];

/** A Config is one layer: what looks incomplete alone may be complete when merged. */
const configRules: readonly Rule[] = [unsupportedFieldsAreAbsent, schedulerReplicasArePositive];

/** Every rule that the spec of a service breaks, whether typed or merged from layers. `version` is what the user wrote. */
export function validateSpec(spec: LLMInferenceServiceSpec, version = 'v1alpha2'): readonly FieldError[] {
  const parents = version === 'v1alpha1' ? inlineRouteHasNoGatewayRefs : inlineRouteParentsEqualGatewayRefs;
  return [...serviceRules, parents].flatMap((rule) => rule(spec, 'spec'));
}

export function validateService(service: LLMInferenceService, version = 'v1alpha2'): readonly FieldError[] {
  return [...nameFitsALabel(service.metadata), ...validateSpec(service.spec ?? {}, version)];
}

export function validateConfigSpec(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  return configRules.flatMap((rule) => rule(spec, 'spec'));
}

export function serviceWarnings(spec: LLMInferenceServiceSpec): readonly string[] {
  return routerWarnings(spec, 'spec');
}
