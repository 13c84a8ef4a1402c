import type { ObjectMeta } from '../meta/index.ts';
import { routingGroupLabel } from './keys.ts';
import type { LLMInferenceService, LLMInferenceServiceSpec } from './types.ts';

/**
 * Admission defaults of a service: `model.name` is the service's name, and the label of its routing group follows the
 * spec. Returns the same object when nothing changes; never changes its argument.
 */
export function setDefaults(service: LLMInferenceService): LLMInferenceService {
  const { spec = {}, metadata } = service;
  const model = withName(spec.model, metadata.name ?? '');
  const labels = withGroup(metadata.labels, spec.router?.route?.group);
  if (model === spec.model && labels === metadata.labels) return service;
  const { labels: _old, ...rest } = metadata;
  return {
    ...service,
    metadata: labels === undefined ? rest : { ...rest, labels },
    spec: model === undefined ? spec : { ...spec, model },
  };
}

function withName(model: LLMInferenceServiceSpec['model'], name: string): LLMInferenceServiceSpec['model'] {
  return model === undefined || (model.name ?? '') !== '' || model.name === name ? model : { ...model, name };
}

function withGroup(labels: ObjectMeta['labels'], group: string | undefined): ObjectMeta['labels'] {
  if (labels?.[routingGroupLabel] === group) return labels;
  const { [routingGroupLabel]: _old, ...rest } = labels ?? {};
  if (group !== undefined) return { ...rest, [routingGroupLabel]: group };
  return Object.keys(rest).length === 0 ? undefined : rest;
}
