/** Server-sent events as OpenAI-compatible servers write them: `data:` lines only, ended by `data: [DONE]`. */

/** Payload of the last event of a stream. */
export const sseDone = '[DONE]';

/** Largest event a decoder accepts; a peer that never ends an event must not fill our memory. */
const maxEventChars = 8 * 1024 * 1024;

/** One event holding `data`; text with line breaks becomes several `data:` lines, as the format asks. */
export function encodeSse(data: string): string {
  if (!data.includes('\n')) return `data: ${data}\n\n`;
  return `${data
    .split('\n')
    .map((line) => `data: ${line}`)
    .join('\n')}\n\n`;
}

/**
 * Splits a byte stream into the data of its events. Chunks may end anywhere, also within a character or a line end;
 * comments and the fields `event`, `id` and `retry` are skipped.
 */
export class SseDecoder {
  readonly #text = new TextDecoder();
  #rest = '';
  /** Characters of `#rest` known to hold no line end. */
  #searched = 0;
  #data: string[] = [];
  #size = 0;

  /** The data of every event completed by this chunk. */
  push(chunk: Uint8Array): string[] {
    return this.#read(this.#text.decode(chunk, { stream: true }), false);
  }

  /** Call at the end of the stream; an event without its closing empty line is dropped, as the format asks. */
  end(): string[] {
    return this.#read(this.#text.decode(), true);
  }

  #read(text: string, isLast: boolean): string[] {
    const events: string[] = [];
    this.#rest += text;
    for (let line = this.#takeLine(isLast); line !== null; line = this.#takeLine(isLast)) {
      if (line === '') {
        if (this.#data.length > 0) events.push(this.#data.join('\n'));
        this.#data = [];
        this.#size = 0;
      } else if (line.startsWith('data:')) {
        this.#size += line.length;
        this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      }
    }
    if (this.#rest.length + this.#size > maxEventChars) throw new Error('server-sent event is too large');
    return events;
  }

  #takeLine(isLast: boolean): string | null {
    lineEnd.lastIndex = this.#searched;
    const end = lineEnd.exec(this.#rest)?.index ?? -1;
    if (end < 0) {
      this.#searched = this.#rest.length;
      return null;
    }
    this.#searched = end;
    const isReturn = this.#rest[end] === '\r';
    // A carriage return at the very end may be the first half of CR LF.
    if (isReturn && end + 1 === this.#rest.length && !isLast) return null;
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + (isReturn && this.#rest[end + 1] === '\n' ? 2 : 1));
    this.#searched = 0;
    return line;
  }
}

const lineEnd = /[\r\n]/g;
