import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Combined } from '../config/combine.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import type { ConditionPatch, Observed } from '../desired/index.ts';
import type { Verdict } from './verdict.ts';

/** What status is computed from: the world after this pass, and what went wrong in it. */
export interface StatusInput {
  readonly service: LLMInferenceService;
  readonly platform: PlatformConfig;
  readonly combined: Combined;
  readonly isStopped: boolean;
  /** Children as they are now, including what this pass wrote. */
  readonly observed: Observed;
  readonly rollout?: RolloutStatus;
  /** From parts that cannot work and from writes that failed; they win over what children report. */
  readonly problems: readonly ConditionPatch[];
  /** RFC 3339. */
  readonly now: string;
}

/** How far the pods that are written follow what the service asks for. */
export interface RolloutStatus {
  /** A change of pods waits for more changes: what is reported is the generation before. */
  readonly isHeld: boolean;
  /** What is worth saying of rollouts. */
  readonly stability: Verdict | undefined;
}

/** The same, for a spec that could be composed. */
export interface ComposedStatusInput extends StatusInput {
  readonly spec: LLMInferenceServiceSpec;
}

/** The generation of the service that its children carry out. */
export function generationOf({ service, rollout }: StatusInput): number {
  if (rollout?.isHeld === true) return service.status?.observedGeneration ?? 0;
  return service.metadata.generation ?? 0;
}
