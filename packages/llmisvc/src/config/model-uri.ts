import { type FieldError, invalid } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { WeirError } from '@weir/core/errors';
import { checkModelUri } from '@weir/storage/attach';

/** A model URI whose form its scheme refuses, or whose scheme cannot be served. Templates are left for later. */
export function modelUriErrors(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  const uri = spec.model?.uri;
  if (uri === undefined || uri === '' || uri.includes('{{')) return [];
  try {
    checkModelUri(uri);
    return [];
  } catch (error) {
    if (error instanceof WeirError) return [invalid('spec.model.uri', uri, error.message)];
    throw error;
  }
}
