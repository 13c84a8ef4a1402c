import { SseDecoder, sseDone } from '@weir/wire/sse';
import type { ChatMessage } from '../commands/chat.ts';

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/** Text of a streamed chat completion, part by part. Throws with the server's message when it refuses. */
export async function* streamChat(url: string, request: ChatRequest): AsyncGenerator<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: request.model,
      messages: request.messages,
      max_tokens: request.maxTokens,
      stream: true,
    }),
    signal: request.signal,
  });
  if (!response.ok || response.body === null) throw new Error(await refusalText(response));
  const decoder = new SseDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const data of decoder.push(bytes)) {
      if (data === sseDone) return;
      const text = textOf(data);
      if (text !== '') yield text;
    }
  }
}

function textOf(data: string): string {
  const chunk = JSON.parse(data) as {
    choices?: { delta?: { content?: string } }[];
    error?: { message?: string };
  };
  if (chunk.error !== undefined) throw new Error(chunk.error.message ?? 'the stream failed');
  return chunk.choices?.[0]?.delta?.content ?? '';
}

async function refusalText(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } };
    if (error?.message !== undefined) return `${response.status}: ${error.message}`;
  } catch {
    // Not an OpenAI body.
  }
  return `${response.status}: ${text.slice(0, 300)}`;
}
