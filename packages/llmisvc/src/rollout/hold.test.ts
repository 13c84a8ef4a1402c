import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdMs, maxHoldMs, nextStep, type Revision } from './hold.ts';

/** A workload under a controller that looks at every change, and whenever it was told to look again. */
class Simulated {
  revision: Revision | undefined;
  readonly writes: { readonly atMs: number; readonly pods: string; readonly changes: number }[] = [];
  #wanted: string;
  #lookAtMs: number | undefined;

  constructor(pods: string) {
    this.#wanted = pods;
    this.#look(0);
  }

  change(atMs: number, pods: string): void {
    this.runUntil(atMs - 1);
    this.#wanted = pods;
    this.#look(atMs);
  }

  runUntil(endMs: number): void {
    while (this.#lookAtMs !== undefined && this.#lookAtMs <= endMs) this.#look(this.#lookAtMs);
  }

  #look(nowMs: number): void {
    const step = nextStep(this.revision, this.#wanted, nowMs);
    this.#lookAtMs = step.type === 'hold' ? nowMs + step.waitMs : undefined;
    if (step.type === 'hold') {
      this.revision = { written: this.revision?.written ?? '', pending: step.pending };
      return;
    }
    if (this.revision?.written !== this.#wanted)
      this.writes.push({ atMs: nowMs, pods: this.#wanted, changes: step.changes });
    this.revision = { written: this.#wanted };
  }
}

describe('changes of pods', () => {
  test('a new workload is written at once', () => {
    expect(new Simulated('a').writes).toEqual([{ atMs: 0, pods: 'a', changes: 0 }]);
  });

  test.each([100, 400, 500])('five that come %i ms apart are one revision', (gapMs) => {
    const workload = new Simulated('a');
    for (let i = 0; i < 5; i++) workload.change(10_000 + i * gapMs, `b${i}`);
    workload.runUntil(60_000);
    expect(workload.writes.slice(1)).toEqual([
      { atMs: 10_000 + Math.max(2000, 4 * gapMs + 750), pods: 'b4', changes: 5 },
    ]);
  });

  test('what is taken back before it was written rolls nothing', () => {
    const workload = new Simulated('a');
    workload.change(10_000, 'b');
    workload.change(10_500, 'a');
    workload.runUntil(60_000);
    expect(workload.writes).toHaveLength(1);
    expect(workload.revision).toEqual({ written: 'a' });
  });

  test('what was written before is written again at once: somebody else changed it', () => {
    expect(nextStep({ written: 'a' }, 'a', 5)).toEqual({ type: 'write', changes: 0 });
  });

  test('a clock that goes back begins the wait anew instead of waiting for its old time', () => {
    const pending = { wanted: 'b', firstMs: 1e12, lastMs: 1e12, changes: 1 };
    expect(nextStep({ written: 'a', pending }, 'b', 5)).toMatchObject({ type: 'hold', waitMs: holdMs });
  });

  test('whatever comes within the hold is one revision; the last one wins, and none waits for ever', () => {
    const change = fc.record({
      gapMs: fc.integer({ min: 1, max: 3000 }),
      pods: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const workload = new Simulated('a');
        const seen: { readonly atMs: number; readonly pods: string }[] = [{ atMs: 0, pods: 'a' }];
        let atMs = 10_000;
        for (const { gapMs, pods } of changes) {
          atMs += gapMs;
          workload.change(atMs, pods);
          seen.push({ atMs, pods });
        }
        workload.runUntil(atMs + maxHoldMs);
        expect(workload.revision).toEqual({ written: seen.at(-1)?.pods });
        workload.writes.slice(2).forEach(({ atMs: later }, index) => {
          expect(later - (workload.writes[index + 1]?.atMs ?? 0)).toBeGreaterThanOrEqual(holdMs);
        });
        for (const write of workload.writes.slice(1)) {
          const last = seen.findLast((one) => one.atMs <= write.atMs);
          expect(write.pods).toBe(last?.pods);
          const since = seen.filter(
            (one) => one.atMs >= write.atMs - maxHoldMs && one.atMs <= write.atMs - holdMs,
          );
          expect(since.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('under any clock a change that lasts is written after waits of bounded length', () => {
    const jump = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 20 }), (jumps) => {
        let revision: Revision = { written: 'a' };
        let nowMs = 0;
        const look = (): number => {
          const step = nextStep(revision, 'b', nowMs);
          if (step.type === 'write') return 0;
          revision = { written: 'a', pending: step.pending };
          return step.waitMs;
        };
        for (const ms of jumps) {
          nowMs += ms;
          expect(look()).toBeLessThanOrEqual(holdMs);
        }
        nowMs += look();
        expect(nextStep(revision, 'b', nowMs).type).toBe('write');
      }),
    );
  });
});
