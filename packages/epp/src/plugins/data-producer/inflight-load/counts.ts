import type { Endpoint } from '../../../framework/endpoint.ts';

/** Counts per endpoint, by slot. A slot may be given to another endpoint while requests of the old one still run. */
export class InFlightCounts {
  #counts = new Int32Array(16);
  readonly #owners: (Endpoint | undefined)[] = [];

  /** Live counts; not a copy. */
  upTo(slots: number): Int32Array {
    if (slots > this.#counts.length) {
      const larger = new Int32Array(Math.max(slots, this.#counts.length * 2));
      larger.set(this.#counts);
      this.#counts = larger;
    }
    return this.#counts;
  }

  add(endpoint: Endpoint): void {
    const counts = this.upTo(endpoint.slot + 1);
    if (this.#owners[endpoint.slot] !== endpoint) {
      this.#owners[endpoint.slot] = endpoint;
      counts[endpoint.slot] = 0;
    }
    counts[endpoint.slot] = (counts[endpoint.slot] ?? 0) + 1;
  }

  release(endpoint: Endpoint): void {
    if (this.#owners[endpoint.slot] !== endpoint) return;
    this.#counts[endpoint.slot] = Math.max(0, (this.#counts[endpoint.slot] ?? 0) - 1);
  }

  drop(endpoint: Endpoint): void {
    if (this.#owners[endpoint.slot] !== endpoint) return;
    this.#owners[endpoint.slot] = undefined;
    this.#counts[endpoint.slot] = 0;
  }
}
