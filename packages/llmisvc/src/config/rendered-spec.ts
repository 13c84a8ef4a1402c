import { apiVersionOf, childName, type FieldError, fieldErrorBody, fieldErrorReason } from '@weir/api/meta';
import {
  conditionReasons,
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  servingResources,
  setDefaults,
  validationAnnotation,
} from '@weir/api/serving';
import type { Combined } from './combine.ts';
import { type Layer, layerText } from './layers.ts';
import { originsOf } from './origin.ts';

type Composed = Pick<Extract<Combined, { type: 'combined' }>, 'spec' | 'layers' | 'appliedConfigs'>;
type Failed = Extract<Combined, { type: 'failed' }>;

/** One reason why a merged spec is refused. */
export interface RenderedCause {
  /** Path of the field; empty for the object as a whole. */
  readonly field: string;
  readonly message: string;
  /** `FieldValueInvalid` and the like. */
  readonly reason?: string;
  /** What to do about it, where the message does not say it. */
  readonly hint?: string;
  /** The layers that set the field, or what is around it. */
  readonly origin?: string;
}

/** On what is created only to have a merged spec judged: the service that the spec is of. */
export const candidateAnnotation = 'weir.dev/merged-spec-of';

/**
 * The service that an API server is asked to judge in place of a merged one (control-plane 5.8), with the defaults that
 * our webhook would give it. Weir's own rules were applied before, at the level and with the annotations of the service
 * itself, so that admission that looks at it all the same is told to keep to those of KServe.
 */
export function renderedCandidate(
  { metadata: { namespace = '', name = '' } }: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
): LLMInferenceService {
  const kind = servingResources.services;
  return setDefaults({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      namespace,
      generateName: candidatePrefix(name),
      annotations: { [validationAnnotation]: 'kserve', [candidateAnnotation]: name },
    },
    spec,
  });
}

/** What the names of candidates begin with; five letters follow. */
export function candidatePrefix(name: string): string {
  return childName(name, '-validation-');
}

export function causeOfError(error: FieldError): RenderedCause {
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return { field: error.path, message: fieldErrorBody(error), reason: fieldErrorReason(error), ...hint };
}

/** The composition whose result is refused. Causes are sorted: servers tell them in any order. */
export function refuseRendered(composed: Composed, found: readonly RenderedCause[]): Failed {
  const causes = found
    .map((cause) => ({ ...cause, ...originOf(composed, cause.field) }))
    .sort((a, b) => compare(a.field, b.field) || compare(a.message, b.message));
  const texts = causes.map(({ field, message, origin }) => {
    const text = field === '' ? message : `${field}: ${message}`;
    return origin === undefined ? text : `${text} (set in ${origin})`;
  });
  const { invalidRenderedConfig: reason } = conditionReasons;
  return { ...failedAfterMerge(composed, reason, [...new Set(texts)].join('; ')), causes };
}

/** The composition of which it could not be told whether its result is valid. */
export function suspendRendered(composed: Composed, why: string): Failed {
  return failedAfterMerge(composed, conditionReasons.validationUnavailable, why);
}

function failedAfterMerge({ layers, appliedConfigs }: Composed, reason: string, why: string): Failed {
  const merged = appliedConfigs.map(layerText).join(', ');
  return {
    type: 'failed',
    reason,
    message: `dry-run validation failed after merging configs [${merged}]: ${why}`,
    appliedConfigs,
    presets: layers.filter(({ source }) => source === 'Preset').map(({ name }) => name),
  };
}

/**
 * A value is from the last layer that sets it, an object from all that set something in it. A field that is missing is
 * left out by those that set what is around it.
 */
function originOf({ layers, spec }: Composed, field: string): Pick<RenderedCause, 'origin'> {
  for (let path = field; path !== '' && path !== 'spec'; path = parentOf(path)) {
    const origins = originsOf(layers, spec, path) ?? [];
    const value = origins.at(-1)?.value;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const texts = (isObject ? origins : origins.slice(-1)).map(({ layer }) => originText(layer));
    if (texts.length > 0) return { origin: texts.join(' and ') };
  }
  return {};
}

function originText(layer: Layer): string {
  return layer.source === 'Service' ? 'the service itself' : layerText(layer);
}

function parentOf(path: string): string {
  return path.replace(/\.?[^.[\]]*$|\[[^\]]*\]$/, '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
