import type { Sequence } from './sequence.ts';
import type { Slot } from './slots.ts';

/** Tokens of one slot to compute in a step. */
export interface PlanEntry {
  readonly slot: Slot;
  readonly sequence: Sequence;
  readonly from: number;
  readonly count: number;
  /** The last of them is the newest token: its logits give the next one. */
  readonly givesToken: boolean;
}

/**
 * One batch: every decoding sequence advances by its one token, then prompts share what is left of the budget. Decodes
 * come first, so a long prompt delays them by one step at most.
 */
export function planStep(slots: readonly Slot[], prefillBudget: number, batchSize: number): PlanEntry[] {
  const entries: PlanEntry[] = [];
  let room = batchSize;
  const add = (slot: Slot, sequence: Sequence, count: number): void => {
    const from = sequence.computed;
    entries.push({ slot, sequence, from, count, givesToken: from + count === sequence.length });
    room -= count;
  };
  const busy = slots.flatMap((slot) => (slot.sequence === null ? [] : [{ slot, sequence: slot.sequence }]));
  for (const { slot, sequence } of busy) {
    if (isDecoding(sequence)) add(slot, sequence, 1);
  }
  let budget = Math.min(prefillBudget, room);
  const prefills = busy.filter(({ sequence }) => !isDecoding(sequence));
  prefills.sort((a, b) => a.sequence.arrivedAtMs - b.sequence.arrivedAtMs);
  for (const { slot, sequence } of prefills) {
    const count = Math.min(budget, sequence.length - sequence.computed);
    if (count <= 0) continue;
    add(slot, sequence, count);
    budget -= count;
  }
  return entries;
}

export function isDecoding(sequence: Sequence): boolean {
  return sequence.output.length > 0 && sequence.computed === sequence.length - 1;
}
