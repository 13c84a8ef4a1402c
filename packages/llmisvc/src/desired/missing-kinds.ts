import type { ResourceKind } from '@weir/api/meta';
import { conditionReasons } from '@weir/api/serving';
import type { DesiredInput, Observed, PartResult } from './input.ts';

export function isServed({ missingKinds }: Pick<Observed, 'missingKinds'>, kind: ResourceKind): boolean {
  return !missingKinds.some((missing) => missing.group === kind.group && missing.plural === kind.plural);
}

/** Says what is missing and what to do. */
export function notServed(kinds: readonly ResourceKind[]): string {
  const names = [...new Set(kinds.map(({ plural, group }) => `${plural}.${group}`))].join(', ');
  return `the API server does not serve ${names} — install the CRD; nothing has to be restarted`;
}

/** Objects of kinds that nobody serves cannot be written: the part says so instead, until the CRD appears. */
export function withoutMissingKinds(part: PartResult, { observed }: DesiredInput): PartResult {
  const missing = part.apply.filter(({ kind }) => !isServed(observed, kind));
  if (missing.length === 0) return part;
  const { condition, missingKindReason = conditionReasons.crdNotFound } = part.failure;
  return {
    ...part,
    apply: part.apply.filter(({ kind }) => isServed(observed, kind)),
    // First, because what else is wrong may follow from it.
    conditions: [
      {
        type: condition,
        status: 'False',
        reason: missingKindReason,
        message: notServed(missing.map(({ kind }) => kind)),
      },
      ...(part.conditions ?? []),
    ],
  };
}
