import type { Llama, NativeContext, NativeSampler, SamplerConfig } from '../llama/addon.ts';
import type { Model } from '../model/model.ts';
import type { SamplingParams } from './params.ts';

export interface TokenProbability {
  readonly token: number;
  /** Natural logarithm of the model's own probability: before temperature, penalties and bias. */
  readonly logprob: number;
}

export interface SampledToken {
  readonly token: number;
  /** Null unless asked for. */
  readonly logprobs: { readonly chosen: TokenProbability; readonly top: readonly TokenProbability[] } | null;
}

/** Draws the tokens of one choice. */
export interface TokenSampler {
  /** `output` holds the tokens drawn so far. Null when nothing may follow (a finished grammar). */
  sample(context: NativeContext, logitIndex: number, output: readonly number[]): Promise<SampledToken | null>;
  dispose(): void;
}

/** Throws when the grammar of `params` is not one. */
export function createTokenSampler(
  llama: Llama,
  model: Model,
  params: SamplingParams,
  prompt: Uint32Array,
): TokenSampler {
  const sampler = llama.createSampler(model.native);
  const base = baseConfig(llama, model, params);
  sampler.applyConfig(base);
  const changesEachStep =
    params.presencePenalty !== 0 ||
    params.frequencyPenalty !== 0 ||
    params.repetitionPenalty !== 1 ||
    params.minTokens > 0;
  const raw = params.logprobs === null ? null : createRawSampler(llama, model);
  return {
    async sample(context, logitIndex, output) {
      if (changesEachStep) sampler.applyConfig(stepConfig(base, model, params, prompt, output));
      const token = await context.sampleToken(logitIndex, sampler);
      if (token < 0) return null;
      const logprobs =
        raw === null ? null : await readLogprobs(context, logitIndex, raw, token, params.logprobs ?? 0);
      return { token, logprobs };
    },
    dispose() {
      sampler.dispose();
      raw?.dispose();
    },
  };
}

/** First cut when `top_p` comes without `top_k`: sorting the whole vocabulary would cost more than the forward pass. */
const nucleusCandidates = 1000;

function baseConfig(llama: Llama, model: Model, params: SamplingParams): SamplerConfig {
  const config: SamplerConfig = { temperature: params.temperature };
  if (params.temperature > 0) {
    if (params.topK > 0) config.topK = Math.min(params.topK, model.vocabularySize);
    else if (params.topP < 1) config.topK = nucleusCandidates;
    if (params.topP < 1) config.topP = params.topP;
    if (params.minP > 0) config.minP = params.minP;
    if (params.seed !== null) config.seed = params.seed >>> 0;
  }
  if (params.grammar !== null) {
    config.grammarEvaluationState = llama.createGrammarState(model.native, params.grammar);
  }
  setBias(config, staticBias(model, params));
  return config;
}

function staticBias(model: Model, params: SamplingParams): Map<number, number> {
  const bias = new Map(params.logitBias);
  if (params.allowedTokens !== null) {
    const allowed = new Set(params.allowedTokens);
    for (let token = 0; token < model.vocabularySize; token++) {
      if (!allowed.has(token)) bias.set(token, Number.NEGATIVE_INFINITY);
    }
  }
  return bias;
}

/** Penalties and the ban of an early end depend on the output so far. */
function stepConfig(
  base: SamplerConfig,
  model: Model,
  params: SamplingParams,
  prompt: Uint32Array,
  output: readonly number[],
): SamplerConfig {
  const config: SamplerConfig = { ...base };
  const bias = staticBias(model, params);
  const add = (token: number, amount: number) => bias.set(token, (bias.get(token) ?? 0) + amount);
  for (const [token, count] of countTokens(output)) {
    const penalty = params.presencePenalty + params.frequencyPenalty * count;
    if (penalty !== 0) add(token, -penalty);
  }
  if (output.length < params.minTokens) {
    for (const token of [...endTokens(model), ...params.stopTokens])
      bias.set(token, Number.NEGATIVE_INFINITY);
  }
  setBias(config, bias);
  if (params.repetitionPenalty !== 1) {
    config.repeatPenalty = params.repetitionPenalty;
    config.repeatPenaltyTokens = Uint32Array.from([...prompt, ...output]);
    config.repeatPenaltyMaxTokens = Math.max(1, prompt.length + params.maxTokens);
  }
  return config;
}

function setBias(config: SamplerConfig, bias: ReadonlyMap<number, number>): void {
  if (bias.size === 0) {
    delete config.tokenBiasKeys;
    delete config.tokenBiasValues;
    return;
  }
  config.tokenBiasKeys = Uint32Array.from(bias.keys());
  config.tokenBiasValues = Float32Array.from(bias.values());
}

function countTokens(tokens: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

const endTokensOf = new WeakMap<Model, readonly number[]>();

function endTokens(model: Model): readonly number[] {
  let tokens = endTokensOf.get(model);
  if (tokens === undefined) {
    const all = Array.from({ length: model.vocabularySize }, (_, token) => token);
    tokens = all.filter((token) => model.isEndOfGeneration(token));
    endTokensOf.set(model, tokens);
  }
  return tokens;
}

/** A second sampler that changes nothing: its probabilities are the model's own. */
function createRawSampler(llama: Llama, model: Model): NativeSampler {
  const sampler = llama.createSampler(model.native);
  sampler.applyConfig({ temperature: 0 });
  return sampler;
}

async function readLogprobs(
  context: NativeContext,
  logitIndex: number,
  raw: NativeSampler,
  token: number,
  count: number,
): Promise<SampledToken['logprobs']> {
  const [, pairs] = await context.sampleToken(logitIndex, raw, true);
  const at = (i: number): TokenProbability => ({
    token: pairs[2 * i] ?? 0,
    logprob: Math.max(Math.log(pairs[2 * i + 1] ?? 0), -9999),
  });
  const top = Array.from({ length: Math.min(count, pairs.length / 2) }, (_, i) => at(i));
  let rank = 0;
  while (2 * rank < pairs.length && pairs[2 * rank] !== token) rank++;
  return { chosen: at(rank), top };
}
