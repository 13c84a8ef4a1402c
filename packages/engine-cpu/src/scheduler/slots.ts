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

/**
 * The idle slot to compute in: the one that shares most with the prompt, when that is at least half of the prompt or of
 * what the slot holds; else the one unused for longest. A short shared head, such as a template's system message, is no
 * reason to throw away a conversation. Null when all slots are busy.
 */
export function chooseSlot(
  slots: readonly Slot[],
  sequence: Sequence,
  options: SlotOptions,
): { readonly slot: Slot; readonly reuse: number } | null {
  const idle = slots
    .filter((slot) => slot.sequence === null)
    .map((slot) => ({ slot, reuse: reusableTokens(slot, sequence, options) }))
    .sort((a, b) => a.slot.lastUsed - b.slot.lastUsed);
  const closest = idle.reduce<(typeof idle)[number] | null>(
    (best, one) => (best === null || one.reuse > best.reuse ? one : best),
    null,
  );
  if (closest === null) return null;
  const isWorthIt = closest.reuse * 2 >= Math.min(closest.slot.kept.length, sequence.prompt.length);
  return isWorthIt ? closest : (idle[0] ?? null);
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
