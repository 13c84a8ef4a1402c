import { randomInt } from 'node:crypto';
import path from 'node:path';
import type { Logger } from '@weir/core/log';
import type { Engine } from './engine.ts';
import type { Llama, NativeContext } from './llama/addon.ts';
import { EngineMetrics } from './metrics.ts';
import type { ModelSource } from './model/find-model.ts';
import { loadGenerationDefaults } from './model/generation-defaults.ts';
import { loadModel, type Model } from './model/model.ts';
import { defaultModelLen, type EngineOptions } from './options/engine-options.ts';
import { UsageError } from './options/parse-arguments.ts';
import { Scheduler } from './scheduler/scheduler.ts';

interface StartEngineInput {
  readonly llama: Llama;
  readonly source: ModelSource;
  readonly options: EngineOptions;
  readonly log: Logger;
}

/** Loads the model and starts the scheduler; `scheduler.stop()` ends it. */
export async function startEngine(input: StartEngineInput): Promise<Engine> {
  const { llama, source, options, log } = input;
  log.info('loading model', { file: source.file });
  const model = await loadModel(llama, source.file, options.chatTemplate);
  const maxModelLen = chooseModelLen(model, input);
  const contextTokensPerSlot = Math.ceil(maxModelLen / contextStep) * contextStep;
  const context = await createContext(llama, model, options, contextTokensPerSlot);
  const [first = options.model, ...others] = options.servedNames;
  const metrics = new EngineMetrics({
    modelName: first,
    blockSize: options.blockSize,
    blocks: Math.floor((contextTokensPerSlot * options.maxSequences) / options.blockSize),
    isPrefixCachingOn: options.isPrefixCachingOn,
    maxModelLen,
  });
  const now = (): number => performance.now();
  const scheduler = new Scheduler({
    llama,
    model,
    context,
    slots: options.maxSequences,
    contextTokensPerSlot,
    maxBatchTokens: options.maxBatchTokens,
    blockSize: options.blockSize,
    isPrefixCachingOn: options.isPrefixCachingOn,
    metrics,
    log,
    now,
  });
  const folder = path.dirname(source.file);
  const defaults = await loadGenerationDefaults(
    model,
    options.generationConfig,
    folder,
    options.generationOverrides,
  );
  scheduler.start();
  log.info('model loaded', {
    model: model.name,
    file: source.file,
    contextTokens: maxModelLen,
    slots: options.maxSequences,
    threads: options.threads,
    cpu: llama.systemInfo.trim(),
    defaults,
  });
  return {
    model,
    scheduler,
    metrics,
    options,
    log,
    servedNames: [first, ...others],
    root: options.model,
    maxModelLen,
    defaults,
    substituted: source.substituted,
    startedAtSeconds: Math.floor(Date.now() / 1000),
    nextSeed: createSeeds(options.seed),
    now,
  };
}

/** llama.cpp gives every sequence a multiple of this many cells. */
const contextStep = 256;

function chooseModelLen(model: Model, { source, options, log }: StartEngineInput): number {
  const { maxModelLen } = options;
  if (maxModelLen === null) return Math.min(model.trainedContext, defaultModelLen);
  if (maxModelLen <= model.trainedContext) return maxModelLen;
  const problem = `--max-model-len ${maxModelLen} is more than the ${model.trainedContext} tokens the model was trained for`;
  // A length meant for the model that was asked for says nothing about its substitute.
  if (source.substituted === null) throw new UsageError(`argument ${problem}`);
  log.warn(`limited: ${problem}`);
  return model.trainedContext;
}

async function createContext(
  llama: Llama,
  model: Model,
  options: EngineOptions,
  tokensPerSlot: number,
): Promise<NativeContext> {
  const contextSize = tokensPerSlot * options.maxSequences;
  try {
    return await llama.createContext(model.native, {
      contextSize,
      batchSize: options.maxBatchTokens,
      sequences: options.maxSequences,
      threads: options.threads,
    });
  } catch (cause) {
    throw new Error(
      `no memory for a cache of ${contextSize} tokens (${options.maxSequences} sequences of ${tokensPerSlot}) — lower ` +
        '--max-model-len or --max-num-seqs',
      { cause },
    );
  }
}

/** The same engine seed gives the same seeds in the same order (splitmix32). */
function createSeeds(seed: number | null): () => number {
  let state = seed ?? randomInt(2 ** 32);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}
