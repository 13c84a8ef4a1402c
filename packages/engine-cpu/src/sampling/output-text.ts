import type { Model } from '../model/model.ts';
import type { SamplingParams } from './params.ts';

interface TextStep {
  /** Text that is now certain; often empty. */
  readonly text: string;
  /** The stop string found, which ends the choice. */
  readonly stop: string | null;
}

/**
 * Turns tokens into text as they come: holds back half characters and anything that may become a stop string, so that
 * nothing sent has to be taken back.
 */
export class OutputText {
  readonly #model: Model;
  readonly #params: SamplingParams;
  readonly #tokens: number[] = [];
  /** Tokens before `#prefix` are out of the window; text of `#prefix…#read` has been delivered. */
  #prefix = 0;
  #read = 0;
  #held = '';

  constructor(model: Model, params: SamplingParams) {
    this.#model = model;
    this.#params = params;
  }

  push(token: number): TextStep {
    this.#tokens.push(token);
    this.#held += this.#decode(false);
    // vLLM looks for stop strings only once the minimum is reached.
    if (this.#tokens.length <= this.#params.minTokens) return this.#release(this.#held.length);
    return this.#checkStops();
  }

  /** The end without a stop string: everything held back is certain now. */
  end(): string {
    const text = this.#held + this.#decode(true);
    this.#held = '';
    return text;
  }

  /** A window of the last tokens is decoded twice, since how a token reads can depend on the one before it. */
  #decode(isLast: boolean): string {
    const options = { withSpecialTokens: !this.#params.skipSpecialTokens };
    const before = this.#model.detokenize(this.#tokens.slice(this.#prefix, this.#read), options);
    const now = this.#model.detokenize(this.#tokens.slice(this.#prefix), options);
    if (now.length <= before.length || (now.endsWith('\ufffd') && !isLast)) return '';
    this.#prefix = this.#read;
    this.#read = this.#tokens.length;
    return now.slice(before.length);
  }

  #checkStops(): TextStep {
    let found: { at: number; stop: string } | null = null;
    for (const stop of this.#params.stop) {
      const at = this.#held.indexOf(stop);
      if (at >= 0 && (found === null || at < found.at)) found = { at, stop };
    }
    if (found === null) return this.#release(this.#held.length - this.#possibleStopLength());
    const end = found.at + (this.#params.includeStopInOutput ? found.stop.length : 0);
    return { text: this.#held.slice(0, end), stop: found.stop };
  }

  /** Length of the longest end of the held text that begins a stop string. */
  #possibleStopLength(): number {
    let longest = 0;
    for (const stop of this.#params.stop) {
      for (let length = Math.min(stop.length - 1, this.#held.length); length > longest; length--) {
        if (this.#held.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }

  #release(length: number): TextStep {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return { text, stop: null };
  }
}
