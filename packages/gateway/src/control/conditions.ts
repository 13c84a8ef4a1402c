import type { Condition } from '@weir/api/meta';
import type { Verdict } from '../routing/snapshot.ts';

/** A condition; its transition time changes only with its status. */
export function condition(
  type: string,
  verdict: Verdict,
  context: {
    readonly previous: readonly Condition[] | undefined;
    readonly generation: number | undefined;
    readonly now: string;
  },
): Condition {
  const status = verdict.ok ? 'True' : 'False';
  const before = context.previous?.find((candidate) => candidate.type === type);
  return {
    type,
    status,
    reason: verdict.reason,
    message: verdict.message,
    observedGeneration: context.generation ?? 0,
    lastTransitionTime:
      before?.status === status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : context.now,
  };
}
