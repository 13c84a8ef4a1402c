import picocolors from 'picocolors';

/**
 * Phases of a long start, one line each: what it is, what happens now, how long it took. On a terminal the current
 * line is rewritten; elsewhere a line is added when a phase changes state, so that logs stay short.
 */
export class Progress {
  readonly #out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  #name = '';
  #startedAtMs = 0;
  #shown = '';

  constructor(out: NodeJS.WritableStream & { readonly isTTY?: boolean }) {
    this.#out = out;
  }

  start(name: string): void {
    this.#name = name;
    this.#startedAtMs = performance.now();
    this.#shown = '';
    this.update('');
  }

  /** What the phase is doing; repeated texts are shown once. */
  update(detail: string): void {
    if (this.#out.isTTY === true) this.#out.write(`\r\x1b[K${this.#line('…', detail)}`);
    else if (detail !== '' && detail !== this.#shown) this.#out.write(`${this.#line('…', detail)}\n`);
    this.#shown = detail;
  }

  done(detail = ''): void {
    this.#end(picocolors.green('✓'), detail);
  }

  fail(detail: string): void {
    this.#end(picocolors.red('✗'), detail);
  }

  #end(mark: string, detail: string): void {
    const seconds = ((performance.now() - this.#startedAtMs) / 1000).toFixed(1);
    const start = this.#out.isTTY === true ? '\r\x1b[K' : '';
    this.#out.write(`${start}${this.#line(mark, detail)} ${picocolors.dim(`${seconds} s`)}\n`);
  }

  #line(mark: string, detail: string): string {
    return `${mark} ${this.#name.padEnd(16)} ${detail}`.trimEnd();
  }
}
