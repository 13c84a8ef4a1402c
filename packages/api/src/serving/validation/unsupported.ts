import { type FieldError, forbidden } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';

export interface UnsupportedField {
  /** Path below `spec`. */
  readonly path: string;
  readonly type: 'object' | 'string' | 'integer';
  /** What the field would configure, for the message and the schema's description. */
  readonly feature: string;
  /** Only this version of the API knows the field; absent: both. */
  readonly version?: 'v1alpha1' | 'v1alpha2';
}

/** Fields of KServe's API without effect here: the schema knows them, so that they are refused by name. */
export const unsupportedFields: readonly UnsupportedField[] = [
  { path: 'model.criticality', type: 'string', feature: 'request criticality', version: 'v1alpha1' },
  { path: 'model.confidential', type: 'object', feature: 'confidential computing', version: 'v1alpha2' },
  { path: 'model.lora', type: 'object', feature: 'LoRA' },
  { path: 'storageInitializer', type: 'object', feature: 'switching the storage initializer off' },
  { path: 'scaling', type: 'object', feature: 'autoscaling' },
  { path: 'parallelism', type: 'object', feature: 'parallelism' },
  { path: 'worker', type: 'object', feature: 'multi-node serving' },
  { path: 'kvCacheOffloading', type: 'object', feature: 'KV cache offloading', version: 'v1alpha2' },
  { path: 'rolloutStrategy', type: 'object', feature: 'choosing a rollout strategy' },
  { path: 'prefill', type: 'object', feature: 'prefill/decode' },
  { path: 'tracing', type: 'object', feature: 'tracing' },
  { path: 'router.route.group', type: 'string', feature: 'traffic splitting' },
  { path: 'router.route.weight', type: 'integer', feature: 'traffic splitting' },
  { path: 'router.ingress', type: 'object', feature: 'Ingress' },
  { path: 'router.scheduler.pool.ref', type: 'object', feature: 'using a pool managed elsewhere' },
  { path: 'router.scheduler.tokenizer', type: 'object', feature: 'the tokenizer service' },
];

/** One error for every present field that is not built yet. */
export function unsupportedFieldsAreAbsent(
  spec: LLMInferenceServiceSpec,
  path: string,
): readonly FieldError[] {
  return unsupportedFields
    .filter((field) => isPresent(spec, field.path.split('.')))
    .map((field) =>
      forbidden(
        `${path}.${field.path}`,
        `${field.feature} is not built yet in this version — remove the field`,
      ),
    );
}

function isPresent(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined && value !== null;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return isPresent((value as Record<string, unknown>)[key], rest);
}
