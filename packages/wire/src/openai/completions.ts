import type { FinishReason, Usage } from './common.ts';

export interface CompletionLogprobs {
  readonly text_offset: readonly number[];
  readonly token_logprobs: readonly (number | null)[];
  readonly tokens: readonly string[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
}

export interface CompletionChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: CompletionLogprobs | null;
  /** Null in every chunk of a stream but the last of the choice. */
  readonly finish_reason: FinishReason | null;
  readonly stop_reason: string | number | null;
  readonly token_ids?: readonly number[];
}

/** A whole completion and, with `usage` only where asked for, one chunk of a stream. */
export interface Completion {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage?: Usage;
}
