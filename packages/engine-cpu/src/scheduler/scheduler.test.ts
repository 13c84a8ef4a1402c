import { silentLogger } from '@weir/core/log';
import { describe, expect, it } from 'vitest';
import type { Llama, NativeContext } from '../llama/addon.ts';
import { EngineMetrics } from '../metrics.ts';
import type { Model } from '../model/model.ts';
import type { SamplingParams } from '../sampling/params.ts';
import { Scheduler } from './scheduler.ts';
import { type Delivery, Sequence } from './sequence.ts';

const params: SamplingParams = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  seed: null,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  logitBias: new Map(),
  allowedTokens: null,
  stop: [],
  stopTokens: [],
  includeStopInOutput: false,
  ignoreEos: false,
  minTokens: 0,
  maxTokens: 4,
  skipSpecialTokens: true,
  logprobs: null,
  grammar: null,
};

/** Counts up: the token after n is n + 1. Fails where told to. */
class CountingContext {
  readonly batches: [sequence: number, position: number, tokens: number[]][][] = [];
  failures = 0;
  sampleFailures = 0;
  #logits: number[] = [];

  init = async () => true;
  dispose = async () => {};
  disposeSequence = () => {};
  removeTokenCellsFromSequence = () => true;
  initBatch = () => {
    this.batches.push([]);
    this.#logits = [];
  };
  addToBatch = (sequence: number, position: number, tokens: Uint32Array, indexes: Uint32Array) => {
    this.batches.at(-1)?.push([sequence, position, [...tokens]]);
    return indexes.map((index) => this.#logits.push(tokens[index] ?? 0) - 1);
  };
  decodeBatch = async () => {
    if (this.failures-- > 0) throw new Error('could not find a KV slot');
  };
  sampleToken = async (index: number) => {
    if (this.sampleFailures-- > 0) throw new Error('the grammar is stuck');
    return (this.#logits[index] ?? 0) + 1;
  };
}

const llama = { createSampler: () => ({ applyConfig: () => {}, dispose: () => {} }) } as unknown as Llama;
const model = {
  vocabularySize: 1000,
  isEndOfGeneration: (token: number) => token === 99,
  detokenize: (tokens: readonly number[]) => tokens.map((token) => `${token} `).join(''),
} as unknown as Model;

function start(slots: number) {
  const context = new CountingContext();
  const metrics = new EngineMetrics({
    modelName: 'm',
    blockSize: 4,
    blocks: 100,
    isPrefixCachingOn: true,
    maxModelLen: 256,
  });
  const scheduler = new Scheduler({
    llama,
    model,
    context: context as unknown as NativeContext,
    slots,
    contextTokensPerSlot: 256,
    maxBatchTokens: 64,
    blockSize: 4,
    isPrefixCachingOn: true,
    metrics,
    log: silentLogger,
    now: () => performance.now(),
  });
  const generate = (prompt: number[], overrides: Partial<SamplingParams> = {}) => {
    const deliveries: Delivery[] = [];
    let sequence: Sequence | null = null;
    const finished = new Promise<{ text: string; reason: string; sequence: Sequence }>((resolve) => {
      const created = new Sequence(model, {
        prompt: Uint32Array.from(prompt),
        params: { ...params, ...overrides },
        salt: '',
        contextTokens: 256,
        arrivedAtMs: performance.now(),
        deliver: (delivery) => {
          deliveries.push(delivery);
          if (delivery.finish === null) return;
          const text = deliveries.map((part) => part.text).join('');
          resolve({ text, reason: delivery.finish.reason, sequence: created });
        },
      });
      sequence = created;
      scheduler.submit(created);
    });
    return { finished, sequence: sequence as unknown as Sequence };
  };
  scheduler.start();
  return { scheduler, context, metrics, generate };
}

describe('Scheduler', () => {
  it('batches sequences and ends them at the limit or at the end token', async () => {
    const { generate, scheduler, context } = start(2);
    const [first, second] = await Promise.all([generate([10, 20]).finished, generate([96]).finished]);
    expect([first.text, first.reason]).toEqual(['21 22 23 24 ', 'length']);
    expect([second.text, second.reason]).toEqual(['97 98 ', 'stop']);
    expect(context.batches[0]).toEqual([
      [0, 0, [10, 20]],
      [1, 0, [96]],
    ]);
    expect(context.batches[1]).toEqual([
      [0, 2, [21]],
      [1, 1, [97]],
    ]);
    await scheduler.stop();
  });

  it('computes a sequence again from its tokens after a failed batch', async () => {
    const { generate, scheduler, context } = start(1);
    context.failures = 1;
    const { text, reason } = await generate([10]).finished;
    expect([text, reason]).toEqual(['11 12 13 14 ', 'length']);
    expect(context.batches.slice(0, 2)).toEqual([[[0, 0, [10]]], [[0, 0, [10]]]]);
    await scheduler.stop();
  });

  it('gives a sequence up when it fails again, and serves the next', async () => {
    const { generate, scheduler, context } = start(1);
    context.failures = 2;
    expect((await generate([10]).finished).reason).toBe('error');
    expect((await generate([10]).finished).text).toBe('11 12 13 14 ');
    expect(scheduler.failure).toBeNull();
    await scheduler.stop();
  });

  it('fails only the sequence whose sampler fails', async () => {
    const { generate, scheduler, context } = start(2);
    context.sampleFailures = 1;
    const [first, second] = await Promise.all([generate([10]).finished, generate([20]).finished]);
    expect([first.reason, second.text]).toEqual(['error', '21 22 23 24 ']);
    await scheduler.stop();
  });

  it('lets waiting sequences be aborted and takes the next in order', async () => {
    const { generate, scheduler } = start(1);
    const running = generate([10], { maxTokens: 50 });
    const waiting = generate([20]);
    const last = generate([30]);
    waiting.sequence.abort();
    expect((await waiting.finished).reason).toBe('abort');
    expect((await running.finished).reason).toBe('length');
    expect((await last.finished).text).toBe('31 32 33 34 ');
    await scheduler.stop();
  });

  it('aborts everything when it is stopped', async () => {
    const { generate, scheduler, metrics } = start(1);
    const all = [generate([100], { maxTokens: 100 }), generate([20])];
    await scheduler.stop();
    expect(await Promise.all(all.map(async ({ finished }) => (await finished).reason))).toEqual([
      'abort',
      'abort',
    ]);
    expect((await generate([5]).finished).reason).toBe('abort');
    expect(metrics.expose()).toContain('finished_reason="abort"} 3');
  });

  it('reuses the prefix a slot still holds', async () => {
    const { generate, scheduler, context } = start(1);
    const prompt = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    await generate(prompt).finished;
    const { sequence } = await generate([...prompt, 50]).finished;
    expect(sequence.cachedTokens).toBe(8);
    expect(context.batches).toContainEqual([[0, 8, [9, 50]]]);
    await scheduler.stop();
  });
});
