import type { FieldError, KubeObject, ResourceKind } from '../meta/index.ts';
import { convert } from './conversion.ts';
import { setDefaults } from './defaults.ts';
import { type LLMInferenceService, type LLMInferenceServiceConfig, servingResources } from './types.ts';
import { serviceWarnings, validateConfigSpec, validateService } from './validation/index.ts';

export interface ReviewRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: ResourceKind;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly dryRun: boolean;
}

export interface ReviewResult {
  /** The object with defaults, when they changed it. */
  readonly object?: KubeObject;
  /** 422 with these causes. */
  readonly errors?: readonly FieldError[];
  /** 403 with this text. */
  readonly forbidden?: string;
  readonly warnings?: readonly string[];
}

/** Defaults and validates a service in the version it was written in. */
export function reviewService(request: ReviewRequest): ReviewResult {
  const { object } = request;
  if (request.operation === 'DELETE' || object === null || isLeaving(object)) return {};
  const version = versionOf(object);
  const stored = convert(object, servingResources.services.version) as LLMInferenceService;
  const service = setDefaults(stored);
  const errors = validateService(service, version);
  if (errors.length > 0) return { errors };
  const warnings = serviceWarnings(service.spec ?? {});
  return {
    ...(service === stored ? {} : { object: convert(service, version) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/** Validates a Config, which has no defaults. */
export function reviewConfig(request: ReviewRequest): ReviewResult {
  const { object } = request;
  if (request.operation === 'DELETE' || object === null || isLeaving(object)) return {};
  const config = convert(object, servingResources.configs.version) as LLMInferenceServiceConfig;
  if ((config.spec?.baseRefs ?? []).length > 0) {
    return {
      forbidden:
        'spec.baseRefs: Forbidden: recursive refs are disabled — list every Config in the service itself',
    };
  }
  const errors = validateConfigSpec(config.spec ?? {});
  return errors.length > 0 ? { errors } : {};
}

/** An object on its way out may be changed in any way: its finalizer must come off. */
function isLeaving(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function versionOf(object: KubeObject): string {
  return object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
}
