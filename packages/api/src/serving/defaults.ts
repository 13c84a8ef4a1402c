import type { ObjectMeta } from '../meta/index.ts';
import { routingGroupLabel } from './keys.ts';
import type { LLMInferenceService, LLMInferenceServiceSpec } from './types.ts';

/** Pod specs that a layer below may bring containers for. */
const podSpecPaths: readonly (readonly string[])[] = [
  ['template'],
  ['worker'],
  ['prefill', 'template'],
  ['prefill', 'worker'],
  ['router', 'scheduler', 'template'],
];

/**
 * Admission defaults of a service: `model.name` is the service's name, the label of its routing group follows the spec,
 * and pod specs without containers say so. Returns the same object when nothing changes; never changes its argument.
 */
export function setDefaults(service: LLMInferenceService): LLMInferenceService {
  const { metadata } = service;
  const spec = withContainers(service.spec ?? {});
  const model = withName(spec.model, metadata.name ?? '');
  const labels = withGroup(metadata.labels, spec.router?.route?.group);
  if (spec === (service.spec ?? spec) && model === spec.model && labels === metadata.labels) return service;
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

function withContainers(spec: LLMInferenceServiceSpec): LLMInferenceServiceSpec {
  return podSpecPaths.reduce<unknown>(
    (whole, path) => withListAt(whole, path),
    spec,
  ) as LLMInferenceServiceSpec;
}

/** Shares with the original what does not change. */
function withListAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (key === undefined) return (fields.containers ?? null) === null ? { ...fields, containers: [] } : value;
  const inner = withListAt(fields[key], rest);
  return inner === fields[key] ? value : { ...fields, [key]: inner };
}
