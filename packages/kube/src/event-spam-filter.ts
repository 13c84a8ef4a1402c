const burst = 25;
const refillMs = 300_000;
const maxKeys = 4096;

interface Bucket {
  tokens: number;
  refilledAtMs: number;
}

/**
 * Lets the first 25 events of a key pass and one more every five minutes, as Kubernetes' own recorder does: a probe
 * that fails every second must not write to the API server every second.
 */
export class EventSpamFilter {
  readonly #buckets = new Map<string, Bucket>();

  admits(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: burst, refilledAtMs: nowMs };
    const refills = Math.floor((nowMs - bucket.refilledAtMs) / refillMs);
    bucket.tokens = Math.min(burst, bucket.tokens + refills);
    bucket.refilledAtMs += refills * refillMs;
    // Deleting first keeps the map in order of use, so that the oldest key is the one to forget.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > maxKeys) this.#forgetOldest();
    if (bucket.tokens === 0) return false;
    bucket.tokens--;
    return true;
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (oldest.done !== true) this.#buckets.delete(oldest.value);
  }
}
