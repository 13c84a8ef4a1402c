import type { KubeObject } from '@weir/api/meta';
import { NotOwnedError } from '@weir/kube';
import type { ConditionPatch, PartResult } from './desired/index.ts';

/** What could not be written, by part: the first failure of each. */
export type PartFailures = ReadonlyMap<PartResult, Error>;

/** Failures as conditions. Parts may share one: it names the objects of others that stand in the way of all of them. */
export function failureConditions(owner: KubeObject, failures: PartFailures): ConditionPatch[] {
  return [...failures].map(([{ failure }, error]) => ({
    type: failure.condition,
    status: 'False',
    reason: failure.reason,
    message: messageOf(owner, failures, failure.condition, error),
  }));
}

function messageOf(owner: KubeObject, failures: PartFailures, condition: string, error: Error): string {
  if (!(error instanceof NotOwnedError)) return error.message;
  const foreign = [...failures].flatMap(([part, other]) =>
    part.failure.condition === condition && other instanceof NotOwnedError ? other.foreign : [],
  );
  return new NotOwnedError(owner, foreign).message;
}
