import { conditionTypes, type LLMInferenceServiceStatus } from '@weir/api/serving';
import { toCondition } from './conditions.ts';
import type { StatusInput } from './input.ts';
import type { Verdict } from './verdict.ts';

/** Adds what requests tell to a status; where it `counts`, the service is not Ready while they tell nothing good. */
export function withVerification(
  input: StatusInput,
  status: LLMInferenceServiceStatus,
  { verdict, counts }: { readonly verdict: Verdict; readonly counts: boolean },
): LLMInferenceServiceStatus {
  const { ready: readyType, inferenceVerified } = conditionTypes;
  const others = (status.conditions ?? []).filter(({ type }) => type !== inferenceVerified);
  const conditions = others.map((condition) =>
    condition.type === readyType && condition.status === 'True' && counts && verdict.status !== 'True'
      ? toCondition(input, readyType, verdict)
      : condition,
  );
  return {
    ...status,
    conditions: [...conditions, toCondition(input, inferenceVerified, verdict)].sort((a, b) =>
      a.type < b.type ? -1 : 1,
    ),
  };
}
