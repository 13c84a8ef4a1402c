import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Combined } from '../config/combine.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import type { ConditionPatch, Observed } from '../desired/index.ts';

/** What status is computed from: the world after this pass, and what went wrong in it. */
export interface StatusInput {
  readonly service: LLMInferenceService;
  readonly platform: PlatformConfig;
  readonly combined: Combined;
  readonly isStopped: boolean;
  /** Children as they are now, including what this pass wrote. */
  readonly observed: Observed;
  /** From parts that cannot work and from writes that failed; they win over what children report. */
  readonly problems: readonly ConditionPatch[];
  /** RFC 3339. */
  readonly now: string;
}

/** The same, for a spec that could be composed. */
export interface ComposedStatusInput extends StatusInput {
  readonly spec: LLMInferenceServiceSpec;
}
