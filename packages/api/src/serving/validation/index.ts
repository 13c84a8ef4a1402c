import { type FieldError, fieldErrorText, type ObjectMeta } from '../../meta/index.ts';
import { validationAnnotation } from '../annotations.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';
import {
  adapterFieldsAreKnown,
  adapterFoldersAreDistinct,
  maxRankIsOneOfTheEngine,
} from './checks/adapters.ts';
import { ownAnnotationsAreKnown } from './checks/annotations.ts';
import { adapterCriticalityNamesAdapters, criticalityIsKnown } from './checks/criticality.ts';
import { parallelismMakesSense, podsHaveTheirDevices, ranksFillThePods } from './checks/devices.ts';
import { nameBeginsNamesOfServices, nameFitsALabel } from './checks/metadata.ts';
import { adapterUrisHaveAKnownScheme, modelUriHasAKnownScheme } from './checks/model-uri.ts';
import { poolPortsAreOpened, portsAreDistinct } from './checks/ports.ts';
import { cacheSizesArePositive, requestsFitLimits } from './checks/resources.ts';
import { ingressBesideGateway } from './checks/router.ts';
import { confidentialRules, confidentialWarnings } from './confidential.ts';
import { deviceClaimRules } from './device-claim.ts';
import { kvCacheRules } from './kv-cache.ts';
import { loraRules } from './lora.ts';
import { immutableRules, parallelismRules } from './parallelism.ts';
import { rolloutRules } from './rollout.ts';
import { routerRules, routerWarnings } from './router.ts';
import type { Check, Finding, Rule, Subject } from './rule.ts';
import { scalingRules } from './scaling.ts';
import { schedulerReplicasArePositive, schedulerRules } from './scheduler.ts';
import { shapeErrors } from './shape.ts';
import { trafficRules } from './traffic.ts';

export type { Finding, Subject } from './rule.ts';

/** KServe's rules in KServe's order: they always apply. */
const rules: readonly Rule[] = [
  ...routerRules,
  ...trafficRules,
  ...parallelismRules,
  ...schedulerRules,
  ...scalingRules,
  ...loraRules,
  ...kvCacheRules,
  ...rolloutRules,
  ...deviceClaimRules,
  ...immutableRules,
  ...confidentialRules,
];

/** Ours: refused only when it cannot run for certain. */
const checks: readonly Check[] = [
  nameFitsALabel,
  nameBeginsNamesOfServices,
  ownAnnotationsAreKnown,
  modelUriHasAKnownScheme,
  adapterUrisHaveAKnownScheme,
  adapterFoldersAreDistinct,
  adapterFieldsAreKnown,
  maxRankIsOneOfTheEngine,
  criticalityIsKnown,
  adapterCriticalityNamesAdapters,
  podsHaveTheirDevices,
  ranksFillThePods,
  parallelismMakesSense,
  requestsFitLimits,
  cacheSizesArePositive,
  portsAreDistinct,
  poolPortsAreOpened,
  ingressBesideGateway,
];

/** How Weir's own findings count: as they are, all as errors where possible, or never as errors. */
export type ValidationLevel = 'default' | 'strict' | 'kserve';

/** The annotation wins over what the platform is set to. */
export function validationLevel(
  metadata: ObjectMeta,
  platform: ValidationLevel = 'default',
): ValidationLevel {
  const own = metadata.annotations?.[validationAnnotation];
  return own === 'strict' || own === 'kserve' ? own : platform;
}

export function ruleErrors(subject: Subject): readonly FieldError[] {
  return rules.flatMap((rule) => rule(subject));
}

export function findingsOf(subject: Subject): readonly Finding[] {
  return checks.flatMap((check) => check(subject));
}

/** Every reason for which a spec cannot be served whose layers are merged: nothing lies below it any more. */
export function validateSpec(
  { baseRefs: _merged, ...spec }: LLMInferenceServiceSpec,
  {
    level: platformLevel,
    ...more
  }: Partial<Omit<Subject, 'spec'>> & { readonly level?: ValidationLevel } = {},
): readonly FieldError[] {
  const malformed = shapeErrors(spec);
  if (malformed.length > 0) return malformed;
  const subject: Subject = { metadata: {}, version: 'v1alpha2', oldSpec: null, ...more, spec };
  const level = validationLevel(subject.metadata, platformLevel);
  const own = findingsOf(subject).filter((finding) => finding.level === 'error' && level !== 'kserve');
  return [...ruleErrors(subject), ...own.map(({ error }) => error)];
}

/** KServe's warnings. */
export function ruleWarnings(spec: LLMInferenceServiceSpec): readonly string[] {
  return [...routerWarnings(spec), ...confidentialWarnings(spec)];
}

/** A Config is one layer: what looks incomplete alone may be complete when merged. */
export function validateConfigSpec(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  const baseRefs: readonly FieldError[] =
    (spec.baseRefs ?? []).length === 0
      ? []
      : [
          {
            type: 'Forbidden',
            path: 'spec.baseRefs',
            detail:
              'baseRefs is not a permitted field in LLMInferenceServiceConfig, support for recursive refs has been disabled',
            hint: 'list every Config in the baseRefs of the service',
          },
        ];
  return [
    ...baseRefs,
    ...schedulerReplicasArePositive({ spec, metadata: {}, version: 'v1alpha2', oldSpec: null }),
  ];
}

/** A plain warning names the field and the problem; a refusal that was let through is told as it would have been. */
export function findingText({ level, error }: Finding): string {
  const isPlain = level === 'warning' && error.type === 'Invalid' && error.value === undefined;
  return isPlain ? `${error.path}: ${error.detail}` : fieldErrorText(error);
}
