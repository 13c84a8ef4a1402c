import type { FinishReason } from '@weir/wire/openai';
import type { Model } from '../model/model.ts';
import { OutputText } from '../sampling/output-text.ts';
import type { SamplingParams } from '../sampling/params.ts';
import type { SampledToken } from '../sampling/token-sampler.ts';

export interface Finish {
  readonly reason: FinishReason;
  /** Stop string or stop token; null for the model's own end and for a limit. */
  readonly stopReason: string | number | null;
}

/** What one step added to a choice; the last one carries `finish`. */
export interface Delivery {
  readonly text: string;
  readonly tokens: readonly SampledToken[];
  readonly finish: Finish | null;
}

interface SequenceInput {
  readonly prompt: Uint32Array;
  readonly params: SamplingParams;
  /** Prefixes are shared only between sequences of the same salt. */
  readonly salt: string;
  /** Most tokens that prompt and output may have together. */
  readonly contextTokens: number;
  /** Milliseconds of a monotonic clock. */
  readonly arrivedAtMs: number;
  readonly deliver: (delivery: Delivery) => void;
}

/** One choice on its way: its tokens, how many of them are in the cache, and what has been delivered. */
export class Sequence {
  readonly prompt: Uint32Array;
  readonly params: SamplingParams;
  readonly salt: string;
  readonly output: number[] = [];
  readonly arrivedAtMs: number;
  scheduledAtMs: number | null = null;
  firstTokenAtMs: number | null = null;
  lastTokenAtMs: number | null = null;
  /** Tokens whose keys and values are in the cache; the others are still to be computed. */
  computed = 0;
  /** Prompt tokens taken from the prefix cache at admission; null while waiting. */
  cachedTokens: number | null = null;
  /** Times in a row the native decoder failed on this sequence. */
  failures = 0;
  finish: Finish | null = null;
  isAborted = false;
  readonly #text: OutputText;
  readonly #deliverTo: (delivery: Delivery) => void;
  readonly #contextTokens: number;
  readonly #model: Model;
  /** Tokens whose text is still held back. */
  #undelivered: SampledToken[] = [];

  constructor(model: Model, input: SequenceInput) {
    this.prompt = input.prompt;
    this.params = input.params;
    this.salt = input.salt;
    this.arrivedAtMs = input.arrivedAtMs;
    this.#contextTokens = input.contextTokens;
    this.#model = model;
    this.#deliverTo = input.deliver;
    this.#text = new OutputText(model, input.params);
  }

  get length(): number {
    return this.prompt.length + this.output.length;
  }

  tokenAt(index: number): number {
    return this.prompt[index] ?? this.output[index - this.prompt.length] ?? 0;
  }

  tokensBetween(from: number, to: number): Uint32Array {
    return Uint32Array.from({ length: to - from }, (_, i) => this.tokenAt(from + i));
  }

  /** The scheduler frees the slot before its next step. */
  abort(): void {
    this.isAborted = true;
  }

  /** Takes one drawn token; sets `finish` when it was the last. */
  accept(sampled: SampledToken): void {
    const { token } = sampled;
    this.output.push(token);
    this.#undelivered.push(sampled);
    const isEnd = this.#model.isEndOfGeneration(token) && !this.params.ignoreEos;
    const isStopToken = this.params.stopTokens.includes(token);
    const mayEnd = this.output.length >= this.params.minTokens;
    if (mayEnd && (isEnd || isStopToken)) {
      // parity: vLLM shows a stop token only with include_stop_str_in_output, the end of sequence never.
      const shown = isStopToken && this.params.includeStopInOutput ? this.#text.push(token).text : '';
      this.end({ reason: 'stop', stopReason: isEnd ? null : token }, shown);
      return;
    }
    const { text, stop } = this.#text.push(token);
    if (stop !== null) this.#deliver(text, { reason: 'stop', stopReason: stop });
    else if (this.#isFull()) this.end({ reason: 'length', stopReason: null }, text);
    else if (text !== '') this.#deliver(text, null);
  }

  /** Ends the choice, with all text that was held back. */
  end(finish: Finish, text = ''): void {
    if (this.finish === null) this.#deliver(text + this.#text.end(), finish);
  }

  #isFull(): boolean {
    return this.output.length >= this.params.maxTokens || this.length >= this.#contextTokens;
  }

  #deliver(text: string, finish: Finish | null): void {
    this.finish = finish;
    this.#deliverTo({ text, tokens: this.#undelivered, finish });
    this.#undelivered = [];
  }
}
