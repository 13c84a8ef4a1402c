import { SseDecoder } from '@weir/wire/sse';
import { expect } from 'vitest';
import type { TestEngine } from './run-test-engine.ts';

/** An answer of either endpoint, as far as tests read it. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: { readonly content: string };
    readonly text: string;
    readonly logprobs: unknown;
    readonly finish_reason: string;
    readonly stop_reason: unknown;
    readonly token_ids: readonly number[];
  }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
}

export interface EngineClient {
  chat(body: object): Promise<Answer>;
  complete(body: object): Promise<Answer>;
  /** Data of the events of a streamed answer. */
  events(path: string, body: object): Promise<string[]>;
  refusal(path: string, body: unknown): Promise<Refusal>;
  tokenize(prompt: string): Promise<number[]>;
  /** Value of a metric of the model served as `tiny`. */
  metric(name: string): Promise<number>;
}

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly param: string | null;
}

export const user = (content: string): object[] => [{ role: 'user', content }];

/** Calls a running engine; an answer of another status than expected fails the test with its body. */
export function engineClient(engine: TestEngine): EngineClient {
  const answer = async (path: string, body: object): Promise<Answer> => {
    const response = await engine.post(path, body);
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as Answer;
  };
  return {
    chat: (body) => answer('/v1/chat/completions', body),
    complete: (body) => answer('/v1/completions', body),
    async events(path, body) {
      const response = await engine.post(path, { ...body, stream: true });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      return new SseDecoder().push(new Uint8Array(await response.arrayBuffer()));
    },
    async refusal(path, body) {
      const response = await engine.post(path, body);
      const { error } = (await response.json()) as { error: Refusal & { code: number } };
      expect(error.code).toBe(response.status);
      return { status: response.status, message: error.message, param: error.param };
    },
    async tokenize(prompt) {
      const response = await engine.post('/tokenize', { prompt });
      return ((await response.json()) as { tokens: number[] }).tokens;
    },
    async metric(name) {
      const text = await (await fetch(`${engine.url}/metrics`)).text();
      return Number(new RegExp(`^vllm:${name}\\{model_name="tiny",engine="0"\\} (.+)$`, 'm').exec(text)?.[1]);
    },
  };
}
