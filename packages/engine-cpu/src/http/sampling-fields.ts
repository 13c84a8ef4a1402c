import type { Engine } from '../engine.ts';
import type { SamplingParams } from '../sampling/params.ts';
import { describe, type Fields } from './fields.ts';
import { readGrammar } from './grammar-field.ts';
import { badField } from './http-error.ts';

/** What a request asks of every choice, before the length of its prompt is known. */
export type RequestedSampling = Omit<SamplingParams, 'maxTokens' | 'seed'> & {
  readonly seed: number | null;
  readonly n: number;
};

const maxChoices = 64;

/** Reads the sampling fields that chat and text completions share. */
export function readSampling(fields: Fields, engine: Engine, logprobs: number | null): RequestedSampling {
  const { defaults, model } = engine;
  const temperature = raiseTemperature(fields.number('temperature', { min: 0 }) ?? defaults.temperature);
  const n = fields.integer('n', { min: 1, max: maxChoices }) ?? 1;
  if (n > 1 && temperature === 0)
    throw badField('n', 'must be 1 when temperature is 0: all choices would be equal');
  checkBestOf(fields, n);
  const seed = fields.integer('seed');
  const minTokens = fields.integer('min_tokens', { min: 0 }) ?? 0;
  const allowedTokens = readTokens(fields, 'allowed_token_ids', model.vocabularySize);
  const grammar = readGrammar(fields);
  // Together they can leave no token at all.
  if (grammar !== null && minTokens > 0) throw badField('min_tokens', 'cannot be combined with a grammar');
  if (grammar !== null && allowedTokens !== null) {
    throw badField('allowed_token_ids', 'cannot be combined with a grammar');
  }
  return {
    n,
    temperature,
    topP: fields.number('top_p', { above: 0, max: 1 }) ?? defaults.topP,
    topK: fields.integer('top_k', { min: -1 }) ?? defaults.topK,
    minP: fields.number('min_p', { min: 0, max: 1 }) ?? defaults.minP,
    // parity: vLLM takes -1 as "no seed".
    seed: seed === -1 ? null : seed,
    presencePenalty: fields.number('presence_penalty', { min: -2, max: 2 }) ?? 0,
    frequencyPenalty: fields.number('frequency_penalty', { min: -2, max: 2 }) ?? 0,
    repetitionPenalty:
      fields.number('repetition_penalty', { min: 0.01, max: 100 }) ?? defaults.repetitionPenalty,
    logitBias: readLogitBias(fields, model.vocabularySize),
    allowedTokens,
    stop: readStop(fields),
    stopTokens: readTokens(fields, 'stop_token_ids', model.vocabularySize) ?? [],
    includeStopInOutput: fields.boolean('include_stop_str_in_output') ?? false,
    ignoreEos: fields.boolean('ignore_eos') ?? false,
    minTokens,
    skipSpecialTokens: fields.boolean('skip_special_tokens') ?? true,
    logprobs: checkLogprobs(logprobs, engine.options.maxLogprobs, model.vocabularySize),
    grammar,
  };
}

/** parity: vLLM takes very small temperatures as 0.01, since dividing by them leaves the range of a float. */
function raiseTemperature(temperature: number): number {
  return temperature > 0 ? Math.max(temperature, 0.01) : 0;
}

function checkBestOf(fields: Fields, n: number): void {
  const bestOf = fields.integer('best_of');
  if (bestOf !== null && bestOf !== n) {
    throw badField('best_of', 'is not supported by the CPU engine: ask for n choices and rank them yourself');
  }
}

function checkLogprobs(count: number | null, limit: number, vocabularySize: number): number | null {
  if (count === null) return null;
  const most = limit < 0 ? vocabularySize : limit;
  if (count > most) throw badField('top_logprobs', `must be at most ${most} (--max-logprobs), not ${count}`);
  return count;
}

function readStop(fields: Fields): string[] {
  const value = fields.get('stop');
  const stops = value === null ? [] : Array.isArray(value) ? value : [value];
  if (stops.length > 64) throw badField('stop', `has ${stops.length} entries; at most 64 are allowed`);
  return stops.map((stop: unknown) => {
    if (typeof stop !== 'string')
      throw badField('stop', `must be a string or strings, not ${describe(stop)}`);
    if (stop === '') throw badField('stop', 'must not be empty');
    return stop;
  });
}

function readTokens(fields: Fields, name: string, vocabularySize: number): number[] | null {
  const value = fields.array(name, vocabularySize);
  if (value === null) return null;
  if (value.length === 0 && name === 'allowed_token_ids') throw badField(name, 'must not be empty');
  return value.map((token) => checkToken(name, token, vocabularySize));
}

/** A token id of the vocabulary, or a 400. */
export function checkToken(name: string, token: unknown, vocabularySize: number): number {
  if (typeof token === 'number' && Number.isInteger(token) && token >= 0 && token < vocabularySize)
    return token;
  throw badField(
    name,
    `token ids are integers from 0 to ${vocabularySize - 1}, not ${JSON.stringify(token)}`,
  );
}

function readLogitBias(fields: Fields, vocabularySize: number): Map<number, number> {
  const bias = new Map<number, number>();
  for (const [key, value] of Object.entries(fields.object('logit_bias') ?? {})) {
    const token = checkToken('logit_bias', /^\d+$/.test(key) ? Number(key) : key, vocabularySize);
    if (typeof value !== 'number' || value < -100 || value > 100) {
      throw badField('logit_bias', `the bias of token ${key} must be a number from -100 to 100`);
    }
    bias.set(token, value);
  }
  return bias;
}
