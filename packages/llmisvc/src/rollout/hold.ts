/** Changes of pods that wait to become one revision. Times in milliseconds. */
export interface Pending {
  /** The pods that are wanted now, as text. */
  readonly wanted: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Different pods that were wanted meanwhile. */
  readonly changes: number;
}

/** What is remembered of a workload between two looks at it. */
export interface Revision {
  /** Its pods as they were last written, as text. */
  readonly written: string;
  readonly pending?: Pending;
}

type Step =
  | { readonly type: 'write' /** That become one revision now. */; readonly changes: number }
  | { readonly type: 'hold'; readonly pending: Pending; readonly waitMs: number };

/** Changes that come within this time of the first are one revision. */
export const holdMs = 2000;
/** Changes that are spread over that time, the last at its very end, are still one revision. */
const quietMs = 750;
/** Changes that never cease do not put a revision off for ever. */
export const maxHoldMs: number = 2 * holdMs;

/**
 * Whether the wanted pods are written now, or wait for more changes. A workload that was not seen before is never
 * held: it is new, or what changed while the controller was away is one change already. Nor is what was written
 * before: it repairs an edit by hand.
 */
export function nextStep(revision: Revision | undefined, wanted: string, nowMs: number): Step {
  if (revision === undefined || revision.written === wanted) return { type: 'write', changes: 0 };
  const pending = advance(revision.pending, wanted, nowMs);
  const dueMs = Math.min(
    Math.max(pending.firstMs + holdMs, pending.lastMs + quietMs),
    pending.firstMs + maxHoldMs,
  );
  return nowMs >= dueMs
    ? { type: 'write', changes: pending.changes }
    : { type: 'hold', pending, waitMs: dueMs - nowMs };
}

function advance(before: Pending | undefined, wanted: string, nowMs: number): Pending {
  const isFirst = before === undefined;
  const changes = (before?.changes ?? 0) + (before?.wanted === wanted ? 0 : 1);
  // A clock that went back starts anew: the time that has passed is not known.
  if (isFirst || nowMs < before.lastMs) return { wanted, firstMs: nowMs, lastMs: nowMs, changes };
  return before.wanted === wanted ? before : { wanted, firstMs: before.firstMs, lastMs: nowMs, changes };
}
