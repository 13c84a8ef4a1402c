import type { LLMInferenceService } from './types.ts';

/**
 * Admission defaults of a service: `model.name` is the service's name. Returns the same object when nothing is
 * missing; never changes its argument.
 */
export function setDefaults(service: LLMInferenceService): LLMInferenceService {
  const { model } = service.spec ?? {};
  if (model === undefined || (model.name !== undefined && model.name !== '')) return service;
  return { ...service, spec: { ...service.spec, model: { ...model, name: service.metadata.name ?? '' } } };
}
