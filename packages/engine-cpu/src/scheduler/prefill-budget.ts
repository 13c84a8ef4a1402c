/** While others decode, the step time is the gap between their tokens. */
const decodeGapMs = 100;
/** With nobody waiting for tokens, larger steps waste less; still short enough to notice an abort. */
const idleGapMs = 250;
const smallestBudget = 8;
const firstBudget = 32;

/** Prompt tokens per step, so that a step takes about as long as its listeners tolerate on this machine. */
export class PrefillBudget {
  readonly #largest: number;
  #tokensPerMs: number | null = null;

  constructor(maxBatchTokens: number) {
    this.#largest = maxBatchTokens;
  }

  next(hasDecodes: boolean): number {
    const wanted =
      this.#tokensPerMs === null ? firstBudget : this.#tokensPerMs * (hasDecodes ? decodeGapMs : idleGapMs);
    return Math.max(Math.min(smallestBudget, this.#largest), Math.min(this.#largest, Math.floor(wanted)));
  }

  /** Very small steps say little about the rate of large ones and are left out. */
  record(tokens: number, elapsedMs: number): void {
    if (tokens < smallestBudget || elapsedMs <= 0) return;
    const rate = tokens / elapsedMs;
    this.#tokensPerMs = this.#tokensPerMs === null ? rate : 0.7 * this.#tokensPerMs + 0.3 * rate;
  }
}
