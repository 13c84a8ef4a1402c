import type { FinishReason, Usage } from './common.ts';

export interface ChatMessage {
  readonly role: string;
  readonly content: string | null;
  readonly name?: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly unknown[];
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
}

export interface ChatLogprob extends TokenLogprob {
  readonly top_logprobs: readonly TokenLogprob[];
}

export interface ChatLogprobs {
  readonly content: readonly ChatLogprob[];
}

export interface ChatChoice {
  readonly index: number;
  readonly message: { readonly role: string; readonly content: string | null; readonly refusal: null };
  readonly logprobs: ChatLogprobs | null;
  readonly finish_reason: FinishReason;
  /** vLLM: the stop string or token that ended the choice, null for the model's own end. */
  readonly stop_reason: string | number | null;
  readonly token_ids?: readonly number[];
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChatChoice[];
  readonly service_tier: null;
  readonly system_fingerprint: null;
  readonly usage: Usage;
  readonly kv_transfer_params: null;
}

export interface ChatChunkChoice {
  readonly index: number;
  readonly delta: { readonly role?: string; readonly content?: string };
  readonly logprobs: ChatLogprobs | null;
  readonly finish_reason: FinishReason | null;
  readonly stop_reason?: string | number | null;
  readonly token_ids?: readonly number[];
}

export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChatChunkChoice[];
  readonly usage?: Usage;
}
