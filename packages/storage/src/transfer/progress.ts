import { shareText, sizeText } from './sizes.ts';

interface ProgressOptions {
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  readonly nowMs?: () => number;
  readonly everyMs?: number;
}

/**
 * Says how far a download is: one line at the start, one every few seconds, one at the end. Must be stopped.
 */
export class Progress {
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;
  readonly #everyMs: number;
  readonly #startMs: number;
  #timer: NodeJS.Timeout | undefined;
  #total = 0;
  #done = 0;
  #since = { ms: 0, bytes: 0 };

  constructor({ write, nowMs = () => performance.now(), everyMs = 5000 }: ProgressOptions) {
    this.#write = write;
    this.#nowMs = nowMs;
    this.#everyMs = everyMs;
    this.#startMs = nowMs();
  }

  say(line: string): void {
    this.#write(line);
  }

  /** Seconds since the progress was created, as text. */
  get elapsed(): string {
    return `${((this.#nowMs() - this.#startMs) / 1000).toFixed(1)} s`;
  }

  /** Begins to count; `total` is 0 when the source does not say. */
  begin(what: string, total: number): void {
    this.stop();
    this.#total = total;
    this.#done = 0;
    this.#since = { ms: this.#nowMs(), bytes: 0 };
    this.say(total > 0 ? `${what} (${sizeText(total)})` : what);
    this.#timer = setInterval(() => this.say(this.#line()), this.#everyMs);
    this.#timer.unref();
  }

  /** More bytes arrived. */
  add(bytes: number): void {
    this.#done += bytes;
  }

  /** Bytes that were there from an earlier attempt: part of the whole, but not of the speed. */
  skip(bytes: number): void {
    this.#done += bytes;
    this.#since.bytes += bytes;
  }

  /** So many bytes in all have arrived, as somebody else counted them. */
  set(bytes: number): void {
    this.#done = bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #line(): string {
    const now = this.#nowMs();
    const seconds = Math.max(0.001, (now - this.#since.ms) / 1000);
    const rate = `${sizeText(Math.max(0, Math.round((this.#done - this.#since.bytes) / seconds)))}/s`;
    this.#since = { ms: now, bytes: this.#done };
    if (this.#total === 0) return `${sizeText(this.#done)} ${rate}`;
    const percent = Math.min(100, Math.floor((this.#done / this.#total) * 100));
    return `${percent}% ${shareText(this.#done, this.#total)} ${rate}`;
  }
}
