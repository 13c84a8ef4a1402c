import {
  type AdmissionRequest,
  type AdmissionResult,
  type FieldError,
  fieldErrorText,
  type KubeObject,
} from '../meta/index.ts';
import { convert } from './conversion/index.ts';
import { setDefaults } from './defaults.ts';
import { type LocalModels, withLocalModel } from './local-model.ts';
import {
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  servingResources,
} from './types.ts';
import {
  type Finding,
  findingsOf,
  findingText,
  ruleErrors,
  ruleWarnings,
  type Subject,
  type ValidationLevel,
  validateConfigSpec,
  validationLevel,
} from './validation/index.ts';
import { shapeErrors } from './validation/shape.ts';
import { fieldsWithoutEffect, withoutEffectText } from './without-effect.ts';

export interface ReviewOptions {
  /** For services that do not say it themselves; default `default`. */
  readonly validation?: ValidationLevel;
  /** Checks that need what this package does not know: storage schemes, plugins of the endpoint picker. */
  readonly more?: (spec: LLMInferenceServiceSpec, level: ValidationLevel) => readonly Finding[];
  /** Copies of models on the nodes; default `disabled`. */
  readonly localModels?: LocalModels;
}

/** Defaults and validates a service in the version it was written in. */
export function reviewService(request: AdmissionRequest, options: ReviewOptions = {}): AdmissionResult {
  const { object, oldObject } = request;
  if (request.operation === 'DELETE' || object === null || isLeaving(object)) return {};
  const version = request.writtenVersion ?? versionOf(object);
  const stored = convert(object, servingResources.services.version) as LLMInferenceService;
  const malformed = shapeErrors(stored.spec ?? {});
  if (malformed.length > 0) return { errors: malformed };
  const service = withLocalModel(setDefaults(stored), options.localModels ?? 'disabled');
  const old = oldObject === null ? null : (convert(oldObject, 'v1alpha2') as LLMInferenceService);
  const subject = subjectOf(service, version, old?.spec ?? null);
  const { errors, warnings } = weigh(subject, old, options);
  if (errors.length > 0) return { errors, ...(warnings.length === 0 ? {} : { warnings }) };
  return {
    ...(service === stored ? {} : { object: convert(service, versionOf(object)) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function subjectOf(
  { spec = {}, metadata }: LLMInferenceService,
  version: string,
  oldSpec: LLMInferenceServiceSpec | null,
): Subject {
  return { spec, metadata, version, oldSpec };
}

/** Sorts what was found into refusals and warnings. */
function weigh(
  subject: Subject,
  old: LLMInferenceService | null,
  options: ReviewOptions,
): { errors: readonly FieldError[]; warnings: readonly string[] } {
  const level = validationLevel(subject.metadata, options.validation);
  const findings = allFindings(subject, level, options);
  const known = old === null ? new Set() : oldRefusals(old, subject.version, level, options);
  // A rule that is newer than the object must not stand in the way of changing something else.
  const refuses = (finding: Finding): boolean =>
    finding.level === 'error' && level !== 'kserve' && !known.has(identity(finding.error));
  return {
    errors: [...ruleErrors(subject), ...findings.filter(refuses).map(({ error }) => error)],
    warnings: [
      // What is worth a word in v1alpha2 is refused in v1alpha1, or cannot be said there.
      ...(subject.version === 'v1alpha1' ? [] : ruleWarnings(subject.spec)),
      ...findings.filter((finding) => !refuses(finding)).map(findingText),
      ...fieldsWithoutEffect(subject.spec, subject.metadata).map(withoutEffectText),
    ],
  };
}

function allFindings(subject: Subject, level: ValidationLevel, { more }: ReviewOptions): Finding[] {
  return [...findingsOf(subject), ...(more?.(subject.spec, level) ?? [])];
}

function oldRefusals(
  old: LLMInferenceService,
  version: string,
  level: ValidationLevel,
  options: ReviewOptions,
): ReadonlySet<string> {
  const findings = allFindings(subjectOf(setDefaults(old), version, null), level, options);
  return new Set(findings.filter((one) => one.level === 'error').map(({ error }) => identity(error)));
}

function identity(error: FieldError): string {
  return fieldErrorText(error);
}

/** Validates a Config, which has no defaults. */
export function reviewConfig(request: AdmissionRequest): AdmissionResult {
  const { object } = request;
  if (request.operation === 'DELETE' || object === null || isLeaving(object)) return {};
  const config = convert(object, servingResources.configs.version) as LLMInferenceServiceConfig;
  const malformed = shapeErrors(config.spec ?? {});
  const errors = malformed.length > 0 ? malformed : validateConfigSpec(config.spec ?? {});
  return errors.length > 0 ? { errors } : {};
}

/** An object on its way out may be changed in any way: its finalizer must come off. */
function isLeaving(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function versionOf(object: KubeObject): string {
  return object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
}
