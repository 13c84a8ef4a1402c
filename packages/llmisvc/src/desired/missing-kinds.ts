import type { ResourceKind } from '@weir/api/meta';
import { conditionReasons } from '@weir/api/serving';
import type { DesiredInput, Observed, PartResult } from './input.ts';

export function isServed({ missingKinds }: Pick<Observed, 'missingKinds'>, kind: ResourceKind): boolean {
  return !missingKinds.some((missing) => missing.group === kind.group && missing.plural === kind.plural);
}

/** Objects of kinds that nobody serves cannot be written: the part says so instead, until the CRD appears. */
export function withoutMissingKinds(part: PartResult, { observed }: DesiredInput): PartResult {
  const missing = part.apply.filter(({ kind }) => !isServed(observed, kind));
  if (missing.length === 0) return part;
  const { condition, missingKindReason = conditionReasons.crdNotFound } = part.failure;
  const names = [...new Set(missing.map(({ kind }) => `${kind.plural}.${kind.group}`))].join(', ');
  return {
    ...part,
    apply: part.apply.filter(({ kind }) => isServed(observed, kind)),
    conditions: [
      ...(part.conditions ?? []),
      {
        type: condition,
        status: 'False',
        reason: missingKindReason,
        message: `the API server does not serve ${names} — install the CRD; nothing has to be restarted`,
      },
    ],
  };
}
