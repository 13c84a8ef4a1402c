import type { RequestData } from './data-key.ts';

/** A request after parsing, as plugins see it. */
export interface InferenceRequest {
  readonly id: string;
  /** Path without query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model the client asked for; empty when the path's API has none. */
  readonly model: string;
  /** The model the engine is asked for: the same, unless a rewrite applies. */
  readonly targetModel: string;
  readonly isStreaming: boolean;
  readonly body: ParsedBody;
  readonly data: RequestData;
}

/** What a parser found in the body. */
export type ParsedBody =
  | {
      readonly type: 'chat';
      readonly messages: readonly ChatMessage[];
      readonly tools: unknown;
      readonly cacheSalt: string;
    }
  | { readonly type: 'completion'; readonly prompts: readonly Prompt[]; readonly cacheSalt: string }
  /** Nothing to schedule by; the body is passed on as it came. */
  | { readonly type: 'raw' };

export interface ChatMessage {
  readonly role: string;
  /** A text, or a list of parts as the API defines them. */
  readonly content: unknown;
}

/** A text or its token ids. */
export type Prompt = string | readonly number[];
