import type { Condition } from '@weir/api/meta';

/** What one condition says. */
export interface Verdict {
  readonly status: Condition['status'];
  readonly reason?: string;
  readonly message?: string;
  /** Where it is about an older spec than the service's newest. */
  readonly observedGeneration?: number | undefined;
}

export const isTrue: Verdict = { status: 'True' };

export function isFalse(reason: string, message: string): Verdict {
  return { status: 'False', reason, message: shorten(message) };
}

export function isUnknown(reason: string, message: string): Verdict {
  return { status: 'Unknown', reason, message: shorten(message) };
}

function shorten(message: string): string {
  return message.length > 512 ? `${message.slice(0, 509)}...` : message;
}

/** A condition of an object that belongs to its current generation; without observedGeneration it counts as current. */
export function isCurrent(condition: Condition, generation: number | undefined): boolean {
  return !condition.observedGeneration || condition.observedGeneration >= (generation ?? 0);
}

/** The first that is not True decides; False beats Unknown. All true: True. */
export function rollUp(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ status }) => status === 'False') ??
    verdicts.find(({ status }) => status === 'Unknown') ??
    isTrue
  );
}
