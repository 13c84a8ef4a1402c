import { fieldErrorText, type KubeObject, type ResourceKind } from '@weir/api/meta';
import {
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  type ReviewRequest,
  type ReviewResult,
  reviewConfig,
  reviewService,
  servingResources,
} from '@weir/api/serving';
import { resolveConfig } from '@weir/epp/config';
import { modelUriErrors } from './config/model-uri.ts';
import { createProtection, type ProtectionOptions } from './config/protection.ts';
import { templateErrors } from './config/render.ts';

interface AdmissionPlugin {
  readonly name: string;
  matches(kind: ResourceKind, subresource: string): boolean;
  review(request: ReviewRequest): Promise<ReviewResult>;
}

/** Admission of the serving kinds, in the shape that API servers call. */
export function createServingAdmission(options: ProtectionOptions): readonly AdmissionPlugin[] {
  const protect = createProtection(options);
  return [
    {
      name: 'llminferenceservice.serving.kserve.io',
      matches: (kind, subresource) => isKind(kind, servingResources.services) && subresource === '',
      review: async (request) => reviewServiceWithModel(request),
    },
    {
      name: 'llminferenceserviceconfig.serving.kserve.io',
      matches: (kind, subresource) => isKind(kind, servingResources.configs) && subresource === '',
      review: async (request) => {
        const kept = protect(request);
        return kept.forbidden === undefined ? { ...kept, ...reviewConfigWithTemplates(request) } : kept;
      },
    },
  ];
}

function isKind(kind: ResourceKind, wanted: ResourceKind): boolean {
  return kind.group === wanted.group && kind.plural === wanted.plural;
}

/** The form of a model URI is known to its storage scheme. */
function reviewServiceWithModel(request: ReviewRequest): ReviewResult {
  const result = reviewService(request);
  const { object, operation } = request;
  if (result.errors !== undefined || operation === 'DELETE' || isLeaving(object)) return result;
  const spec = (object as LLMInferenceService).spec ?? {};
  const errors = modelUriErrors(spec);
  if (errors.length > 0) return { errors };
  const warnings = [...(result.warnings ?? []), ...schedulerConfigWarnings(spec)];
  return warnings.length === 0 ? result : { ...result, warnings };
}

/** A picker of somebody else may understand what ours does not, so that its configuration is never refused here. */
function schedulerConfigWarnings(spec: LLMInferenceServiceSpec): string[] {
  const inline = spec.router?.scheduler?.config?.inline;
  if (inline === undefined) return [];
  const { errors, warnings } = resolveConfig(JSON.stringify(inline));
  const path = 'spec.router.scheduler.config.inline';
  return [
    ...errors.map((error) => `${path}.${fieldErrorText(error)}`),
    ...warnings.map((one) => `${path}: ${one}`),
  ];
}

/** A Config whose templates cannot be parsed would break every service that uses it. */
function reviewConfigWithTemplates(request: ReviewRequest): ReviewResult {
  const result = reviewConfig(request);
  if (result.errors !== undefined || result.forbidden !== undefined) return result;
  const { object, operation } = request;
  if (operation === 'DELETE' || object === null || object.metadata.deletionTimestamp !== undefined)
    return result;
  const errors = templateErrors((object as LLMInferenceServiceConfig).spec ?? {});
  return errors.length === 0 ? result : { forbidden: errors.map(fieldErrorText).join('; ') };
}

function isLeaving(object: KubeObject | null): boolean {
  return object === null || object.metadata.deletionTimestamp !== undefined;
}
