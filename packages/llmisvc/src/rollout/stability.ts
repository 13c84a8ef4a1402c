import { conditionReasons } from '@weir/api/serving';
import { isFalse, type Verdict } from '../status/verdict.ts';
import type { WorkloadPlan } from './workload-plan.ts';

/** What is worth saying of rollouts: those that wait in vain first, then those that cost capacity. */
export function stabilityOf(
  workloads: readonly Pick<WorkloadPlan, 'child' | 'placement'>[],
): Verdict | undefined {
  const verdicts = workloads.flatMap((workload) => verdictOf(workload) ?? []);
  return (
    verdicts.find(({ reason }) => reason === conditionReasons.rolloutWaits) ??
    verdicts.find(({ status }) => status === 'False') ??
    verdicts[0]
  );
}

function verdictOf({ child, placement }: Pick<WorkloadPlan, 'child' | 'placement'>): Verdict | undefined {
  const name = `${child.kind.kind} ${child.object.metadata.name}`;
  if (placement.type === 'beside') return undefined;
  if (placement.type === 'stuck')
    return isFalse(conditionReasons.rolloutWaits, `${name}: ${placement.message}`);
  const message = `${name} replaces its pods one by one (maxSurge 0, maxUnavailable 1): no ${placement.lacking} to spare for one more — set rolloutStrategy to decide otherwise`;
  const verdict = isFalse(conditionReasons.noSpareRoom, message);
  return placement.isRolling ? verdict : { ...verdict, status: 'True' };
}
