import type { Completion, CompletionChoice } from '@weir/wire/openai';
import type { Engine } from '../engine.ts';
import { type Exchange, sendJson } from './exchange.ts';
import { describe, Fields } from './fields.ts';
import { collectChoices, engineFailure, type Generation, startGeneration } from './generate.ts';
import { badField } from './http-error.ts';
import { completionLogprobs, tokenIds } from './logprobs.ts';
import { readJsonObject } from './read-json.ts';
import { refuseUnsupported } from './refused-fields.ts';
import {
  type AnswerHead,
  answerHead,
  checkModel,
  type OutputOptions,
  readCacheSalt,
  readOutputOptions,
  tokenizePrompt,
  truncatePrompt,
  warnUnknown,
} from './request-common.ts';
import { checkToken, readSampling } from './sampling-fields.ts';
import { EventStream } from './stream.ts';

interface CompletionContext {
  readonly head: AnswerHead & { readonly object: 'text_completion' };
  readonly generation: Generation;
  readonly output: OutputOptions;
  /** Text of the prompt behind each choice, with `echo`; else empty. */
  readonly echoed: (index: number) => string;
}

/** OpenAI's default for text completions. */
const defaultMaxTokens = 16;
const maxPrompts = 64;

/** POST /v1/completions */
export async function handleCompletions({ engine, request, response, requestId }: Exchange): Promise<void> {
  const fields = new Fields(await readJsonObject(request));
  checkModel(fields, engine);
  refuseUnsupported(fields);
  const output = readOutputOptions(fields, engine);
  const prompts = readPrompts(fields, engine).map((prompt) => truncatePrompt(fields, engine, prompt));
  const logprobs = fields.integer('logprobs', { min: 0 });
  if (output.isEcho && logprobs !== null) {
    throw badField('echo', 'with logprobs is not supported: the CPU engine computes none for the prompt');
  }
  const input = {
    prompts,
    sampling: readSampling(fields, engine, logprobs),
    maxTokens:
      fields.integer('max_tokens', { min: 1 }) ?? engine.defaults.maxTokens ?? shortDefault(engine, prompts),
    maxTokensField: 'max_tokens',
    promptField: 'prompt',
    cacheSalt: readCacheSalt(fields),
    requestId,
  };
  warnUnknown(fields, engine);
  const generation = startGeneration(engine, response, input);
  const echo = (index: number): string =>
    engine.model.detokenize([...(generation.sequences[index]?.prompt ?? [])], { withSpecialTokens: false });
  const context: CompletionContext = {
    head: { ...answerHead(engine, `cmpl-${requestId}`), object: 'text_completion' },
    generation,
    output,
    echoed: output.isEcho ? echo : () => '',
  };
  if (output.streaming.isOn) await streamCompletions(context, new EventStream(response));
  else sendJson(response, 200, await complete(context));
}

/** Near the end of the context the default shrinks rather than failing a request that named no limit. */
function shortDefault(engine: Engine, prompts: readonly Uint32Array[]): number {
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  return Math.max(1, Math.min(defaultMaxTokens, engine.maxModelLen - longest));
}

/** A string, several, token ids, or several lists of token ids. */
function readPrompts(fields: Fields, engine: Engine): Uint32Array[] {
  const value = fields.get('prompt');
  const addSpecialTokens = fields.boolean('add_special_tokens') ?? true;
  if (value === null) throw badField('prompt', 'is required');
  const list: readonly unknown[] = Array.isArray(value) && !isTokens(value) ? value : [value];
  if (list.length === 0) throw badField('prompt', 'the prompt is empty');
  if (list.length > maxPrompts) {
    throw badField('prompt', `has ${list.length} entries; at most ${maxPrompts} are allowed`);
  }
  return list.map((prompt) => {
    if (typeof prompt === 'string')
      return tokenizePrompt(engine, prompt, { addSpecialTokens, param: 'prompt' });
    if (!isTokens(prompt))
      throw badField('prompt', `must hold strings or token ids, not ${describe(prompt)}`);
    return Uint32Array.from(prompt, (token) => checkToken('prompt', token, engine.model.vocabularySize));
  });
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
}

async function complete({ echoed, generation, head, output }: CompletionContext): Promise<Completion> {
  const choices = await collectChoices(generation);
  return {
    ...head,
    choices: choices.map(
      ({ text, tokens, finish }, index): CompletionChoice => ({
        index,
        text: echoed(index) + text,
        logprobs: completionLogprobs(tokens, output.write, 0),
        finish_reason: finish.reason,
        stop_reason: finish.stopReason,
        ...tokenIds(output, tokens),
      }),
    ),
    usage: generation.usage(),
  };
}

async function streamCompletions(context: CompletionContext, stream: EventStream): Promise<void> {
  const { echoed, generation, head, output } = context;
  const { streaming } = output;
  const chunk = (choices: Completion['choices'], withUsage: boolean): Completion => ({
    ...head,
    choices,
    ...(withUsage ? { usage: generation.usage() } : {}),
  });
  const isContinuous = streaming.options.continuous_usage_stats ?? false;
  const lengths = new Map<number, number>();
  for await (const { index, delivery } of generation.deliveries) {
    const { tokens, finish } = delivery;
    if (finish?.reason === 'error') {
      await stream.fail(engineFailure());
      return;
    }
    const offset = lengths.get(index);
    const text = offset === undefined ? echoed(index) + delivery.text : delivery.text;
    lengths.set(index, (offset ?? 0) + delivery.text.length);
    const choice = {
      index,
      text,
      logprobs: completionLogprobs(tokens, output.write, offset ?? 0),
      finish_reason: finish?.reason ?? null,
      stop_reason: finish?.stopReason ?? null,
      ...tokenIds(output, tokens),
    };
    await stream.send(chunk([choice], isContinuous));
  }
  if (streaming.options.include_usage) await stream.send(chunk([], true));
  await stream.end();
}
