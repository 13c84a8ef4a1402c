import type { FieldError } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec } from '../types.ts';

/** A named pure check of a spec. `path` is where the spec stands, usually `spec`. */
export type Rule = (spec: LLMInferenceServiceSpec, path: string) => readonly FieldError[];
