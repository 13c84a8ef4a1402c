import type { NativeContext } from '../llama/addon.ts';
import type { Sequence } from './sequence.ts';

/** One native sequence: the work it does now, or what it still holds for a later request with the same prefix. */
export interface Slot {
  readonly index: number;
  sequence: Sequence | null;
  /** Tokens in the cache while idle. */
  kept: readonly number[];
  salt: string;
  /** Number of the step it was last used in. */
  lastUsed: number;
}

interface SlotOptions {
  readonly blockSize: number;
  readonly isPrefixCachingOn: boolean;
}

export function createSlots(count: number): Slot[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    sequence: null,
    kept: [],
    salt: '',
    lastUsed: 0,
  }));
}

/** The idle slot that spares most work: longest reusable prefix, then least recently used. Null when all are busy. */
export function chooseSlot(
  slots: readonly Slot[],
  sequence: Sequence,
  options: SlotOptions,
): { readonly slot: Slot; readonly reuse: number } | null {
  let best: { slot: Slot; reuse: number } | null = null;
  for (const slot of slots) {
    if (slot.sequence !== null) continue;
    const reuse = reusableTokens(slot, sequence, options);
    const isBetter =
      best === null || reuse > best.reuse || (reuse === best.reuse && slot.lastUsed < best.slot.lastUsed);
    if (isBetter) best = { slot, reuse };
  }
  return best;
}

/**
 * Whole blocks shared with what the slot holds. The last prompt token is always computed again, for its logits, so a
 * prompt that is cached entirely still misses its last block: vLLM counts the same.
 */
export function reusableTokens(
  slot: Pick<Slot, 'kept' | 'salt'>,
  sequence: Pick<Sequence, 'prompt' | 'salt'>,
  { blockSize, isPrefixCachingOn }: SlotOptions,
): number {
  if (!isPrefixCachingOn || slot.salt !== sequence.salt) return 0;
  const limit = Math.min(slot.kept.length, sequence.prompt.length - 1);
  let common = 0;
  while (common < limit && slot.kept[common] === sequence.prompt[common]) common++;
  return Math.floor(common / blockSize) * blockSize;
}

/** Gives the slot to the sequence; returns the tokens really reused. */
export function occupySlot(slot: Slot, sequence: Sequence, reuse: number, context: NativeContext): number {
  let kept = reuse;
  if (kept === 0 || !context.removeTokenCellsFromSequence(slot.index, kept, -1)) {
    context.disposeSequence(slot.index);
    kept = 0;
  }
  slot.sequence = sequence;
  slot.kept = [];
  slot.salt = sequence.salt;
  sequence.computed = kept;
  return kept;
}

/** The sequence has ended; its tokens stay for the next one. */
export function releaseSlot(slot: Slot): void {
  const { sequence } = slot;
  if (sequence === null) return;
  slot.kept = Array.from(sequence.tokensBetween(0, sequence.computed));
  slot.sequence = null;
}
