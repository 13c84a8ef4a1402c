import type { Endpoint } from '../../../framework/endpoint.ts';

/** Which endpoints were given cold prompts, least recent first. */
export class ColdOrder {
  readonly #capacity: number;
  /** Slots in order of use: a Set iterates in insertion order. */
  readonly #used = new Set<number>();
  /** By slot: where the endpoint stands in the list being scored, plus one. Scratch. */
  #position = new Int32Array(16);

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  touch(endpoint: Endpoint): void {
    this.#used.delete(endpoint.slot);
    this.#used.add(endpoint.slot);
    if (this.#used.size > this.#capacity) {
      const [oldest] = this.#used;
      if (oldest !== undefined) this.#used.delete(oldest);
    }
  }

  remove(endpoint: Endpoint): void {
    this.#used.delete(endpoint.slot);
  }

  /** Never used endpoints first, in the order of the list, then used ones from the oldest: 1 down to 0. */
  score(endpoints: readonly Endpoint[], out: Float64Array): void {
    const n = endpoints.length;
    const last = Math.max(1, n - 1);
    let rank = 0;
    for (let i = 0; i < n; i++) {
      const { slot } = endpoints[i] as Endpoint;
      if (!this.#used.has(slot)) out[i] = 1 - rank++ / last;
      else this.#mark(slot, i + 1);
    }
    if (rank === n) return;
    for (const slot of this.#used) {
      const position = this.#position[slot] ?? 0;
      if (position === 0) continue;
      out[position - 1] = 1 - rank++ / last;
      this.#position[slot] = 0;
    }
  }

  #mark(slot: number, position: number): void {
    if (slot >= this.#position.length) {
      const larger = new Int32Array(Math.max(slot + 1, this.#position.length * 2));
      larger.set(this.#position);
      this.#position = larger;
    }
    this.#position[slot] = position;
  }
}
