import {
  type AdmissionPlugin,
  type AdmissionRequest,
  type AdmissionResult,
  fieldErrorText,
  type ResourceKind,
} from '@weir/api/meta';
import {
  type LLMInferenceServiceConfig,
  type ReviewOptions,
  reviewConfig,
  reviewService,
  servingResources,
  type ValidationLevel,
} from '@weir/api/serving';
import { specFindings } from './config/findings.ts';
import { createProtection, type ProtectionOptions } from './config/protection.ts';
import { templateErrors } from './config/render.ts';
import { PlatformConfigError } from './config/settings.ts';
import type { ModelCacheSource } from './model-cache-source.ts';

export interface ServingAdmissionOptions extends ProtectionOptions {
  /** How Weir's own rules count for services that do not say it themselves; default `default`. */
  readonly validation?: ValidationLevel;
  /** Where copies of models are looked up; default: there are none. */
  readonly modelCaches?: ModelCacheSource;
}

/** Admission of the serving kinds, in the shape that API servers call. */
export function createServingAdmission(options: ServingAdmissionOptions): readonly AdmissionPlugin[] {
  const protect = createProtection(options);
  const { validation = 'default', modelCaches } = options;
  return [
    {
      name: 'llminferenceservice.serving.kserve.io',
      matches: (kind, subresource) => isKind(kind, servingResources.services) && subresource === '',
      review: (request) => reviewWithCaches(request, { validation, more: specFindings }, modelCaches),
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

async function reviewWithCaches(
  request: AdmissionRequest,
  options: ReviewOptions,
  caches: ModelCacheSource | undefined,
): Promise<AdmissionResult> {
  const { metadata } = request.object ?? {};
  // What leaves needs no model, and must not wait for one.
  if (caches === undefined || metadata === undefined || metadata.deletionTimestamp !== undefined)
    return reviewService(request, options);
  try {
    const localModels = await caches.modelsFor(metadata.namespace ?? '');
    return reviewService(request, { ...options, localModels });
  } catch (error) {
    if (error instanceof PlatformConfigError) return { forbidden: error.message };
    throw error;
  }
}

/** A Config whose templates cannot be parsed would break every service that uses it. */
function reviewConfigWithTemplates(request: AdmissionRequest): AdmissionResult {
  const result = reviewConfig(request);
  if (result.errors !== undefined || result.forbidden !== undefined) return result;
  const { object, operation } = request;
  if (operation === 'DELETE' || object === null || object.metadata.deletionTimestamp !== undefined)
    return result;
  const errors = templateErrors((object as LLMInferenceServiceConfig).spec ?? {});
  return errors.length === 0 ? result : { forbidden: errors.map(fieldErrorText).join('; ') };
}
