import type { HashChain } from './hash-chain.ts';

/** One holder of a block is stored bare: most blocks have one. */
type Holders = number | number[];

/**
 * Which endpoints are believed to hold which prompt blocks. Per endpoint the least recently sent blocks are dropped
 * beyond its capacity. Endpoints are slots.
 */
export class PrefixIndex {
  readonly #holders = new Map<number, Holders>();
  /** By slot; a Set iterates in insertion order, so its first element is the oldest. */
  readonly #blocks: (Set<number> | undefined)[] = [];

  /** Number of distinct blocks. */
  get size(): number {
    return this.#holders.size;
  }

  /** Writes into `out`, by slot, how many blocks from the start each endpoint holds; returns the largest. */
  match(chain: HashChain, out: Int32Array): number {
    const blocks = chain.length / 2;
    for (let i = 0; i < blocks; i++) {
      const holders = this.#holders.get(keyAt(chain, i));
      let isHeld = false;
      if (typeof holders === 'number') isHeld = extend(out, holders, i);
      else if (holders !== undefined) for (const slot of holders) isHeld = extend(out, slot, i) || isHeld;
      // A block is of use only with all before it, so nobody's match goes on.
      if (!isHeld) return i;
    }
    return blocks;
  }

  /** Remembers that the endpoint was sent this prompt. */
  insert(chain: HashChain, slot: number, capacity: number): void {
    let blocks = this.#blocks[slot];
    if (blocks === undefined) {
      blocks = new Set();
      this.#blocks[slot] = blocks;
    }
    // From the end, so that the start of the prompt is the last to be dropped.
    for (let i = chain.length / 2 - 1; i >= 0; i--) {
      const key = keyAt(chain, i);
      if (!blocks.delete(key)) this.#hold(key, slot);
      blocks.add(key);
    }
    for (const key of blocks) {
      if (blocks.size <= capacity) break;
      blocks.delete(key);
      this.#release(key, slot);
    }
  }

  remove(slot: number): void {
    for (const key of this.#blocks[slot] ?? []) this.#release(key, slot);
    this.#blocks[slot] = undefined;
  }

  #hold(key: number, slot: number): void {
    const holders = this.#holders.get(key);
    if (holders === undefined) this.#holders.set(key, slot);
    else if (typeof holders === 'number') this.#holders.set(key, [holders, slot]);
    else holders.push(slot);
  }

  #release(key: number, slot: number): void {
    const holders = this.#holders.get(key);
    if (holders === slot) this.#holders.delete(key);
    else if (typeof holders === 'object') {
      const others = holders.filter((other) => other !== slot);
      this.#holders.set(key, others.length === 1 ? (others[0] ?? slot) : others);
    }
  }
}

/** 53 bits of the hash: the most that is an exact and fast key. */
function keyAt(chain: HashChain, block: number): number {
  return ((chain[block * 2 + 1] ?? 0) & 0x1fffff) * 0x100000000 + (chain[block * 2] ?? 0);
}

function extend(out: Int32Array, slot: number, block: number): boolean {
  if (out[slot] !== block) return false;
  out[slot] = block + 1;
  return true;
}
