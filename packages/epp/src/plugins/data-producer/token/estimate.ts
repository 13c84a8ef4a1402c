import type { TokenizedRequest } from '../../../framework/data-key.ts';
import type { ChatMessage, ParsedBody, Prompt } from '../../../framework/request.ts';

/**
 * Stands in for a tokenizer: four bytes of text are one token. The exact tokens do not matter for finding shared
 * prefixes, only that equal text gives equal tokens.
 */
export function estimateTokens(body: ParsedBody): TokenizedRequest {
  switch (body.type) {
    case 'chat':
      return { prompts: [chatTokens(body.tools, body.messages)], cacheSalt: body.cacheSalt };
    case 'completion':
      return { prompts: body.prompts.map(promptTokens), cacheSalt: body.cacheSalt };
    case 'raw':
      return { prompts: [], cacheSalt: '' };
  }
}

function promptTokens(prompt: Prompt): Uint8Array {
  const writer = new TokenWriter();
  if (typeof prompt === 'string') writer.text(prompt);
  else for (const token of prompt) writer.token(token);
  return writer.finish();
}

function chatTokens(tools: unknown, messages: readonly ChatMessage[]): Uint8Array {
  const writer = new TokenWriter();
  if (tools !== undefined && tools !== null) writer.text(JSON.stringify(tools));
  for (const message of messages) {
    writer.text(message.role);
    writeContent(writer, message.content);
  }
  return writer.finish();
}

function writeContent(writer: TokenWriter, content: unknown): void {
  if (typeof content === 'string') writer.text(content);
  else if (Array.isArray(content)) for (const part of content) writePart(writer, part);
}

/** Text counts as text; an image or other medium as its description, which is what makes it the same one. */
function writePart(writer: TokenWriter, part: unknown): void {
  const { type, text } = (typeof part === 'object' && part !== null ? part : {}) as Record<string, unknown>;
  if (type === 'text' && typeof text === 'string') writer.text(text);
  else {
    writer.align();
    writer.text(JSON.stringify(part) ?? '');
    writer.align();
  }
}

/** Grows a buffer of text bytes, padded with zeros to whole tokens where asked. */
class TokenWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  text(text: string): void {
    // Mostly one byte per character; what does not fit goes into the next round. No character needs more than 4.
    for (let rest = text; rest !== ''; ) {
      this.#reserve(rest.length + 3);
      const { read, written } = encoder.encodeInto(rest, this.#bytes.subarray(this.#length));
      this.#length += written;
      rest = rest.slice(read);
    }
  }

  token(token: number): void {
    this.align();
    this.#reserve(4);
    for (let i = 0; i < 4; i++) this.#bytes[this.#length++] = (token >>> (8 * i)) & 0xff;
  }

  align(): void {
    this.#reserve(3);
    while (this.#length % 4 !== 0) this.#bytes[this.#length++] = 0;
  }

  finish(): Uint8Array {
    this.align();
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

const encoder = new TextEncoder();
