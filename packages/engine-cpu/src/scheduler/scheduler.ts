import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { Llama, NativeContext } from '../llama/addon.ts';
import type { EngineMetrics } from '../metrics.ts';
import type { Model } from '../model/model.ts';
import { createTokenSampler, type SampledToken, type TokenSampler } from '../sampling/token-sampler.ts';
import { isDecoding, type PlanEntry, planStep } from './plan-step.ts';
import { PrefillBudget } from './prefill-budget.ts';
import type { Sequence } from './sequence.ts';
import { chooseSlot, createSlots, occupySlot, releaseSlot, type Slot } from './slots.ts';

interface SchedulerOptions {
  readonly llama: Llama;
  readonly model: Model;
  readonly context: NativeContext;
  readonly slots: number;
  readonly contextTokensPerSlot: number;
  readonly maxBatchTokens: number;
  readonly blockSize: number;
  readonly isPrefixCachingOn: boolean;
  readonly metrics: EngineMetrics;
  readonly log: Logger;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** A sequence is tried again from its tokens after a failure of the native decoder, then given up. */
const maxFailures = 2;

/**
 * Continuous batching: every step admits waiting sequences to free slots, computes one batch of decodes and prompt
 * chunks, and draws the next tokens. All native calls happen here, one step at a time.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #slots: Slot[];
  readonly #waiting: Sequence[] = [];
  readonly #samplers = new Map<Sequence, TokenSampler>();
  readonly #budget: PrefillBudget;
  #steps = 0;
  #wake: (() => void) | null = null;
  #isStopped = false;
  #loop: Promise<void> | null = null;
  #failure: Error | null = null;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#slots = createSlots(options.slots);
    this.#budget = new PrefillBudget(options.maxBatchTokens);
  }

  start(): void {
    this.#loop = this.#run().catch((thrown: unknown) => {
      this.#failure = toError(thrown);
      this.#options.log.error('the engine loop failed', { error: this.#failure });
      this.#abortAll();
      this.#dropAborted();
    });
  }

  /** Aborts what is left. Waits for the running step: what it works on must not be freed under it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#abortAll();
    this.#notify();
    await this.#loop;
    this.#dropAborted();
    this.#reportLoad();
  }

  /** Why the engine is dead, or null. */
  get failure(): Error | null {
    return this.#failure;
  }
  get runningCount(): number {
    return this.#slots.filter((slot) => slot.sequence !== null).length;
  }
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Queues a sequence; a stopped scheduler aborts it. Throws when its grammar is not one. */
  submit(sequence: Sequence): void {
    if (this.#failure !== null || this.#isStopped) {
      this.#finish(sequence);
      return;
    }
    const { llama, model } = this.#options;
    this.#samplers.set(sequence, createTokenSampler(llama, model, sequence.params, sequence.prompt));
    this.#waiting.push(sequence);
    this.#reportLoad();
    this.#notify();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#dropAborted();
      this.#admit();
      this.#reportLoad();
      if (this.runningCount === 0) await this.#idle();
      else await this.#step();
      // Lets sockets in between two steps.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #idle(): Promise<void> {
    if (this.#waiting.length > 0 || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #dropAborted(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const sequence = this.#waiting[i];
      if (!sequence?.isAborted) continue;
      this.#waiting.splice(i, 1);
      this.#finish(sequence);
    }
    for (const slot of this.#slots) {
      if (slot.sequence?.isAborted) this.#end(slot, slot.sequence);
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const choice = chooseSlot(this.#slots, next, this.#options);
      if (choice === null) return;
      this.#waiting.shift();
      next.cachedTokens = occupySlot(choice.slot, next, choice.reuse, this.#options.context);
      next.scheduledAtMs = this.#options.now();
      this.#options.metrics.admitted(next);
    }
  }

  async #step(): Promise<void> {
    const { context, maxBatchTokens, now } = this.#options;
    const hasDecodes = this.#slots.some((slot) => slot.sequence !== null && isDecoding(slot.sequence));
    const plan = planStep(this.#slots, this.#budget.next(hasDecodes), maxBatchTokens);
    const tokens = plan.reduce((sum, entry) => sum + entry.count, 0);
    const startedAtMs = now();
    this.#steps++;
    let logitIndexes: readonly (number | null)[];
    try {
      logitIndexes = await computeBatch(context, plan, tokens);
    } catch (thrown) {
      this.#recover(plan, toError(thrown));
      return;
    }
    this.#budget.record(tokens, now() - startedAtMs);
    this.#options.metrics.stepped(tokens);
    for (const [i, entry] of plan.entries()) {
      entry.sequence.computed += entry.count;
      entry.sequence.failures = 0;
      entry.slot.lastUsed = this.#steps;
      const index = logitIndexes[i] ?? null;
      if (index !== null) await this.#draw(entry, index);
    }
  }

  async #draw({ slot, sequence }: PlanEntry, logitIndex: number): Promise<void> {
    try {
      const sampled = await this.#samplers
        .get(sequence)
        ?.sample(this.#options.context, logitIndex, sequence.output);
      if (sampled === null || sampled === undefined) sequence.end({ reason: 'stop', stopReason: null });
      else this.#accept(sequence, sampled);
    } catch (thrown) {
      // One sequence's sampler (its grammar, usually) must not take the others down.
      this.#options.log.error('drawing a token failed', { error: toError(thrown) });
      sequence.end({ reason: 'error', stopReason: null });
    }
    if (sequence.finish !== null) this.#end(slot, sequence);
  }

  #accept(sequence: Sequence, sampled: SampledToken): void {
    const nowMs = this.#options.now();
    this.#options.metrics.drewToken(sequence, nowMs);
    sequence.firstTokenAtMs ??= nowMs;
    sequence.lastTokenAtMs = nowMs;
    sequence.accept(sampled);
  }

  #end(slot: Slot, sequence: Sequence): void {
    releaseSlot(slot);
    this.#finish(sequence);
  }

  #finish(sequence: Sequence): void {
    sequence.end({ reason: 'abort', stopReason: null });
    this.#samplers.get(sequence)?.dispose();
    this.#samplers.delete(sequence);
    this.#options.metrics.finished(sequence, this.#options.now());
  }

  /** The cache of the touched slots is lost; their sequences start over from the tokens they have. */
  #recover(plan: readonly PlanEntry[], error: Error): void {
    this.#options.log.error('a batch failed', { error, sequences: plan.length });
    for (const { slot, sequence } of plan) {
      this.#options.context.disposeSequence(slot.index);
      sequence.computed = 0;
      sequence.failures++;
      if (sequence.failures < maxFailures) continue;
      sequence.end({ reason: 'error', stopReason: null });
      this.#end(slot, sequence);
    }
  }

  #abortAll(): void {
    for (const sequence of this.#samplers.keys()) sequence.abort();
  }

  #reportLoad(): void {
    const { blockSize, contextTokensPerSlot, slots } = this.#options;
    let blocks = 0;
    for (const slot of this.#slots) blocks += Math.ceil((slot.sequence?.computed ?? 0) / blockSize);
    this.#options.metrics.load({
      running: this.runningCount,
      waiting: this.#waiting.length,
      cacheUsage: blocks / Math.floor((contextTokensPerSlot * slots) / blockSize),
    });
  }
}

/** Logit index of every entry that gives a token. */
async function computeBatch(
  context: NativeContext,
  plan: readonly PlanEntry[],
  tokens: number,
): Promise<(number | null)[]> {
  context.initBatch(tokens);
  const indexes = plan.map(({ slot, sequence, from, count, givesToken }) => {
    const wanted = givesToken ? Uint32Array.of(count - 1) : new Uint32Array(0);
    const added = context.addToBatch(slot.index, from, sequence.tokensBetween(from, from + count), wanted);
    return givesToken ? (added[0] ?? null) : null;
  });
  await context.decodeBatch();
  return indexes;
}
