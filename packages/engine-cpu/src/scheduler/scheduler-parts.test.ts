import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep } from './plan-step.ts';
import { PrefillBudget } from './prefill-budget.ts';
import type { Sequence } from './sequence.ts';
import { chooseSlot, createSlots, reusableTokens, type Slot } from './slots.ts';

const options = { blockSize: 4, isPrefixCachingOn: true };
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

function sequence(state: {
  prompt: number;
  output?: number;
  computed?: number;
  arrivedAtMs?: number;
}): Sequence {
  const { prompt, output = 0, computed = 0, arrivedAtMs = 0 } = state;
  return {
    prompt: Uint32Array.from(range(prompt)),
    output: range(output),
    length: prompt + output,
    computed,
    arrivedAtMs,
    salt: '',
  } as unknown as Sequence;
}

function slotsWith(...sequences: readonly (Sequence | null)[]): Slot[] {
  return createSlots(sequences.length).map((slot, i) => ({ ...slot, sequence: sequences[i] ?? null }));
}

describe('prefix reuse', () => {
  const prompt = Uint32Array.from(range(13));

  it('counts whole blocks of the common prefix', () => {
    expect(reusableTokens({ kept: range(10), salt: '' }, { prompt, salt: '' }, options)).toBe(8);
    expect(reusableTokens({ kept: [0, 1, 2, 3, 9], salt: '' }, { prompt, salt: '' }, options)).toBe(4);
  });

  it('always leaves the last prompt token to be computed', () => {
    const whole = Uint32Array.from(range(12));
    expect(reusableTokens({ kept: range(12), salt: '' }, { prompt: whole, salt: '' }, options)).toBe(8);
  });

  it('shares nothing between salts or when it is switched off', () => {
    expect(reusableTokens({ kept: range(10), salt: 'a' }, { prompt, salt: 'b' }, options)).toBe(0);
    const off = { ...options, isPrefixCachingOn: false };
    expect(reusableTokens({ kept: range(10), salt: '' }, { prompt, salt: '' }, off)).toBe(0);
  });

  it('chooses the idle slot with the longest prefix, then the one unused for longest', () => {
    const slots = slotsWith(null, null, null, sequence({ prompt: 3 }));
    const [first, second, third] = slots;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no slots');
    first.lastUsed = 5;
    second.kept = range(6);
    second.lastUsed = 9;
    third.lastUsed = 2;
    const wanted = sequence({ prompt: 9 });
    expect(chooseSlot(slots, wanted, options)).toEqual({ slot: second, reuse: 4 });
    second.kept = [];
    expect(chooseSlot(slots, wanted, options)).toEqual({ slot: third, reuse: 0 });
    expect(chooseSlot(slots.slice(3), wanted, options)).toBeNull();
  });

  it('leaves a long conversation alone when only a short head of it is shared', () => {
    const slots = slotsWith(null, null);
    const [conversation, empty] = slots as [Slot, Slot];
    conversation.kept = range(100);
    conversation.lastUsed = 7;
    const other = sequence({ prompt: 60 });
    other.prompt.fill(999, 8);
    expect(chooseSlot(slots, other, options)).toEqual({ slot: empty, reuse: 0 });
    expect(chooseSlot(slots, sequence({ prompt: 60 }), options)).toEqual({ slot: conversation, reuse: 56 });
  });
});

describe('planStep', () => {
  it('advances every decode by one token and gives the rest to the oldest prompt', () => {
    const decoding = sequence({ prompt: 5, output: 2, computed: 6 });
    const late = sequence({ prompt: 30, arrivedAtMs: 9 });
    const early = sequence({ prompt: 20, computed: 4, arrivedAtMs: 3 });
    const plan = planStep(slotsWith(late, decoding, early), 20, 64);
    expect(plan.map(({ slot, from, count, givesToken }) => [slot.index, from, count, givesToken])).toEqual([
      [1, 6, 1, true],
      [2, 4, 16, true],
      [0, 0, 4, false],
    ]);
  });

  it('never exceeds the batch and never repeats or skips a token', () => {
    const state = fc.record({
      prompt: fc.integer({ min: 1, max: 50 }),
      output: fc.nat(5),
      done: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(state, { maxLength: 8 }), fc.integer({ min: 1, max: 64 }), (states, budget) => {
        const sequences = states.map(({ prompt, output, done }) =>
          sequence({ prompt, output, computed: done % (prompt + output) }),
        );
        const plan = planStep(slotsWith(...sequences), budget, 64);
        expect(plan.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(64);
        for (const { sequence: planned, from, count, givesToken } of plan) {
          expect(from).toBe(planned.computed);
          expect(count).toBeGreaterThan(0);
          expect(givesToken).toBe(from + count === planned.length);
        }
        expect(new Set(plan.map(({ slot }) => slot.index)).size).toBe(plan.length);
      }),
    );
  });
});

describe('PrefillBudget', () => {
  it('follows the measured rate within its bounds, smaller while others decode', () => {
    const budget = new PrefillBudget(512);
    expect(budget.next(false)).toBe(32);
    budget.record(100, 500);
    expect([budget.next(true), budget.next(false)]).toEqual([20, 50]);
    for (let i = 0; i < 40; i++) budget.record(512, 1);
    expect(budget.next(true)).toBe(512);
    for (let i = 0; i < 80; i++) budget.record(8, 10_000);
    expect(budget.next(true)).toBe(8);
  });
});
