import type { ServerResponse } from 'node:http';
import type { Usage } from '@weir/wire/openai';
import type { Engine } from '../engine.ts';
import type { SampledToken } from '../sampling/token-sampler.ts';
import { Channel } from '../scheduler/channel.ts';
import { type Delivery, type Finish, Sequence } from '../scheduler/sequence.ts';
import { badField, HttpError } from './http-error.ts';
import type { RequestedSampling } from './sampling-fields.ts';

/** Waiting sequences beyond this are turned away, so that the queue cannot grow without bound. */
const maxWaiting = 1000;

interface GenerationInput {
  readonly prompts: readonly Uint32Array[];
  readonly sampling: RequestedSampling;
  /** Null: what the context leaves. */
  readonly maxTokens: number | null;
  /** Name of the field behind `maxTokens`, for messages. */
  readonly maxTokensField: string;
  /** Name of the field that holds the prompt. */
  readonly promptField: string;
  readonly cacheSalt: string | null;
  readonly requestId: string;
}

/** The choices of one request, in the order of their indexes: n for every prompt. */
export interface Generation {
  readonly sequences: readonly Sequence[];
  /** Deliveries of all choices as they come; ends when every choice has finished. */
  readonly deliveries: AsyncIterable<{ readonly index: number; readonly delivery: Delivery }>;
  usage(): Usage;
}

/** Checks lengths, queues the choices, and aborts them when the client leaves. */
export function startGeneration(
  engine: Engine,
  response: ServerResponse,
  input: GenerationInput,
): Generation {
  const { sampling, prompts } = input;
  const maxTokens = prompts.map((prompt) => tokenLimit(engine, prompt.length, input));
  checkQueue(engine, prompts.length * sampling.n);
  const channel = new Channel<{ index: number; delivery: Delivery }>();
  let open = prompts.length * sampling.n;
  const deliver = (index: number, delivery: Delivery): void => {
    channel.push({ index, delivery });
    if (delivery.finish !== null && --open === 0) channel.close();
  };
  const sequences = createSequences(engine, input, maxTokens, deliver);
  for (const limit of maxTokens) engine.metrics.received(sampling.n, limit);
  response.once('close', () => {
    for (const sequence of sequences) sequence.abort();
  });
  logGeneration(engine, input, maxTokens);
  submit(engine, sequences);
  return { sequences, deliveries: channel, usage: () => usageOf(sequences, sampling.n) };
}

/** `--enable-log-requests`: the sizes and settings of a request, never its text. */
function logGeneration(engine: Engine, input: GenerationInput, maxTokens: readonly number[]): void {
  if (!engine.options.logsRequests) return;
  const { n, temperature, topP, topK, seed } = input.sampling;
  engine.log.info('generation', {
    requestId: input.requestId,
    promptTokens: input.prompts.map((prompt) => prompt.length),
    maxTokens,
    n,
    temperature,
    topP,
    topK,
    seed,
  });
}

function createSequences(
  engine: Engine,
  { cacheSalt, prompts, sampling }: GenerationInput,
  maxTokens: readonly number[],
  deliver: (index: number, delivery: Delivery) => void,
): Sequence[] {
  return prompts.flatMap((prompt, i) =>
    Array.from({ length: sampling.n }, (_, choice) => {
      const seed = sampling.seed === null ? engine.nextSeed() : sampling.seed + choice;
      return new Sequence(engine.model, {
        prompt,
        params: { ...sampling, seed, maxTokens: maxTokens[i] ?? 0 },
        salt: `${engine.model.fingerprint}/${cacheSalt ?? ''}`,
        contextTokens: engine.maxModelLen,
        arrivedAtMs: engine.now(),
        deliver: (delivery) => deliver(i * sampling.n + choice, delivery),
      });
    }),
  );
}

/** All of one choice. */
interface CollectedChoice {
  readonly text: string;
  readonly tokens: readonly SampledToken[];
  readonly finish: Finish;
}

/** Waits for the end of every choice; throws when the engine failed on one. */
export async function collectChoices(generation: Generation): Promise<CollectedChoice[]> {
  const texts = generation.sequences.map(() => '');
  const tokens: SampledToken[][] = generation.sequences.map(() => []);
  for await (const { index, delivery } of generation.deliveries) {
    texts[index] += delivery.text;
    tokens[index]?.push(...delivery.tokens);
  }
  return generation.sequences.map(({ finish }, i) => {
    if (finish === null || finish.reason === 'error') throw engineFailure();
    return { text: texts[i] ?? '', tokens: tokens[i] ?? [], finish };
  });
}

/** What the client is told of a failure whose reason is in the log. */
export function engineFailure(): HttpError {
  return new HttpError(500, 'the engine failed on this request');
}

function submit(engine: Engine, sequences: readonly Sequence[]): void {
  try {
    for (const sequence of sequences) engine.scheduler.submit(sequence);
  } catch (cause) {
    for (const sequence of sequences) sequence.abort();
    // The only part of a sequence the scheduler can refuse is its grammar.
    throw new HttpError(400, `structured_outputs: the grammar is not valid: ${String(cause)}`, {
      param: 'structured_outputs',
      cause,
    });
  }
}

function tokenLimit(engine: Engine, promptTokens: number, input: GenerationInput): number {
  const { maxModelLen } = engine;
  if (promptTokens === 0) throw badField(input.promptField, 'the prompt is empty');
  if (promptTokens >= maxModelLen) {
    throw new HttpError(
      400,
      `the prompt has ${promptTokens} tokens, but this model's maximum context length is ${maxModelLen} tokens, ` +
        'output included — shorten the prompt',
      { param: input.promptField },
    );
  }
  const room = maxModelLen - promptTokens;
  const limit = input.maxTokens ?? engine.defaults.maxTokens ?? room;
  if (input.maxTokens !== null && input.maxTokens > room) {
    throw badField(
      input.maxTokensField,
      `${input.maxTokens} is too large: this model's maximum context length is ${maxModelLen} tokens and the prompt ` +
        `has ${promptTokens}, which leaves ${room}`,
    );
  }
  if (input.sampling.minTokens > limit) {
    throw badField(
      'min_tokens',
      `must be at most the token limit, ${limit}, not ${input.sampling.minTokens}`,
    );
  }
  return Math.min(limit, room);
}

function checkQueue(engine: Engine, choices: number): void {
  const { failure, waitingCount } = engine.scheduler;
  if (failure !== null)
    throw new HttpError(500, 'the engine has failed and must be restarted', { cause: failure });
  if (waitingCount + choices <= maxWaiting) return;
  const headers = { 'retry-after': '5' };
  throw new HttpError(503, `${waitingCount} requests are waiting already — try again later`, { headers });
}

/** Prompts count once, however many choices they have. */
function usageOf(sequences: readonly Sequence[], n: number): Usage {
  let prompt = 0;
  let cached = 0;
  let completion = 0;
  for (const [i, sequence] of sequences.entries()) {
    completion += sequence.output.length;
    if (i % n !== 0) continue;
    prompt += sequence.prompt.length;
    cached += sequence.cachedTokens ?? 0;
  }
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
}
