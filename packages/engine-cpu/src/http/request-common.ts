import { nearest } from '@weir/core/errors';
import type { StreamOptions } from '@weir/wire/openai';
import type { Engine } from '../engine.ts';
import type { Fields } from './fields.ts';
import { badField, HttpError } from './http-error.ts';
import { createTokenWriter, type TokenWriter } from './logprobs.ts';

interface Streaming {
  readonly isOn: boolean;
  readonly options: StreamOptions;
}

/** Accepts every served name, and none at all, as vLLM does; an unknown one is a 404 with the names that exist. */
export function checkModel(fields: Fields, engine: Engine): void {
  const name = fields.string('model');
  if (name === null || engine.servedNames.includes(name)) return;
  const similar = nearest(name, engine.servedNames);
  const hint =
    similar === null ? `served here: ${engine.servedNames.join(', ')}` : `did you mean \`${similar}\`?`;
  throw new HttpError(404, `The model \`${name}\` does not exist — ${hint}`, { param: 'model' });
}

/** How an answer is written. */
export interface OutputOptions {
  readonly streaming: Streaming;
  readonly write: TokenWriter;
  readonly withTokenIds: boolean;
  /** The answer begins with the prompt. */
  readonly isEcho: boolean;
}

export function readOutputOptions(fields: Fields, engine: Engine): OutputOptions {
  return {
    streaming: readStreaming(fields),
    write: createTokenWriter(engine.model, fields.boolean('return_tokens_as_token_ids') ?? false),
    withTokenIds: fields.boolean('return_token_ids') ?? false,
    isEcho: fields.boolean('echo') ?? false,
  };
}

/** Fields that every chunk of an answer repeats. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export function answerHead(engine: Engine, id: string): AnswerHead {
  return { id, created: Math.floor(Date.now() / 1000), model: engine.servedNames[0] };
}

function readStreaming(fields: Fields): Streaming {
  const isOn = fields.boolean('stream') ?? false;
  const options = fields.object('stream_options');
  if (options === null) return { isOn, options: {} };
  if (!isOn) throw badField('stream_options', 'is only allowed with "stream": true');
  const known = ['include_usage', 'continuous_usage_stats', 'include_obfuscation'];
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) throw badField(`stream_options.${name}`, 'not supported');
    if (typeof value !== 'boolean') throw badField(`stream_options.${name}`, 'must be true or false');
  }
  if (options.include_obfuscation === true)
    throw badField('stream_options.include_obfuscation', 'not supported');
  return {
    isOn,
    options: {
      include_usage: options.include_usage === true,
      continuous_usage_stats: options.continuous_usage_stats === true,
    },
  };
}

/** Keeps prefixes of different salts apart, so that timing does not tell one tenant what another asked. */
export function readCacheSalt(fields: Fields): string | null {
  const salt = fields.string('cache_salt');
  if (salt === '') throw badField('cache_salt', 'must not be empty');
  return salt;
}

/**
 * The tokens of a prompt. Text that cannot fit, even if every token were the longest of the vocabulary, is refused
 * before the tokenizer sees it: its time grows faster than the text.
 */
export function tokenizePrompt(
  engine: Engine,
  text: string,
  options: { readonly addSpecialTokens: boolean; readonly param: string },
): Uint32Array {
  const { maxModelLen, model } = engine;
  if (text.length > maxModelLen * model.longestToken()) {
    const atLeast = Math.ceil(text.length / model.longestToken());
    throw new HttpError(
      400,
      `the prompt has ${text.length} characters, at least ${atLeast} tokens, but this model's maximum context length ` +
        `is ${maxModelLen} tokens — shorten the prompt`,
      { param: options.param },
    );
  }
  return model.tokenize(text, options);
}

/** Drops the oldest tokens of a prompt that is too long, where the request asks for it. */
export function truncatePrompt(fields: Fields, engine: Engine, prompt: Uint32Array): Uint32Array {
  const keep = fields.integer('truncate_prompt_tokens', { min: -1 });
  if (keep === null) return prompt;
  if (keep === 0) throw badField('truncate_prompt_tokens', 'must be −1 or at least 1');
  const limit = keep === -1 ? engine.maxModelLen - 1 : keep;
  return prompt.length > limit ? prompt.slice(prompt.length - limit) : prompt;
}

/** parity: vLLM accepts fields it does not know and names them in the log. */
export function warnUnknown(fields: Fields, engine: Engine): void {
  const names = fields.unknownNames();
  if (names.length === 0) return;
  const shown = names.slice(0, 20).map((name) => name.slice(0, 64));
  engine.log.warn('request fields without effect', { fields: shown });
}
