import type { FieldError, KubeObject } from '@weir/api/meta';
import {
  convert,
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  servingResources,
  setDefaults,
} from '@weir/api/serving';
import {
  type Combined,
  causeOfError,
  combineConfig,
  type PlatformConfig,
  refuseRendered,
  renderedCandidate,
} from '@weir/llmisvc';
import { checkSchema, completeBySchema } from './schema.ts';

/** What documents are composed with. */
export interface Surroundings {
  /** Definitions that merged specs are held to; none: a server does that. */
  readonly crds: readonly KubeObject[];
  readonly platform: PlatformConfig;
  /** Presets and Configs, those among the documents included. */
  readonly configs: readonly LLMInferenceServiceConfig[];
}

/** The composition of a service document, its result held to the definitions as the controller has a server do it. */
export function compose(document: KubeObject, { crds, platform, configs }: Surroundings): Combined {
  const service = storedService(document);
  const combined = combineConfig({ service, platform, configs });
  if (combined.type === 'failed') return combined;
  const candidate = renderedCandidate(service, combined.spec);
  const errors = schemaErrors(checkSchema(crds, candidate)?.errors ?? []);
  return errors.length === 0 ? combined : refuseRendered(combined, errors.map(causeOfError));
}

/** The document as the API server stores it; with the definitions, their defaults are in it. */
export function storedService(document: KubeObject, crds: readonly KubeObject[] = []): LLMInferenceService {
  const converted = convert(document, servingResources.services.version);
  return setDefaults(completeBySchema(crds, converted) as LLMInferenceService);
}

/** The hint that rules were left out says nothing about the object. */
export function schemaErrors(errors: readonly FieldError[]): readonly FieldError[] {
  return errors.filter(({ path, value }) => path !== '' || value !== null);
}
