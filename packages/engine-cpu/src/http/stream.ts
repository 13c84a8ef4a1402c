import type { ServerResponse } from 'node:http';
import { encodeSse, sseDone } from '@weir/wire/sse';
import type { HttpError } from './http-error.ts';

/** Writes server-sent events at the client's pace. The head goes out with the first event, not before. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  async send(event: unknown): Promise<void> {
    await this.#write(encodeSse(JSON.stringify(event)));
  }

  async end(): Promise<void> {
    await this.#write(encodeSse(sseDone));
    this.#response.end();
  }

  /** Before the first event an error has a status of its own; later it can only be told inside the stream. */
  async fail(error: HttpError): Promise<void> {
    if (!this.#response.headersSent) throw error;
    await this.send(error.toBody());
    await this.end();
  }

  async #write(text: string): Promise<void> {
    const response = this.#response;
    if (response.destroyed) return;
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
      });
    }
    if (!response.write(text)) await drained(response);
  }
}

/** Resolves when the client has taken what was written, or has left: a client that left never drains. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
