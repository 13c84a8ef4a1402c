/**
 * XXH64 with seed 0 over part of a buffer, as two 32-bit halves. A 64-bit word is a (high, low) pair here: BigInt
 * would allocate for every word of a prompt, and a WebAssembly call costs more than hashing one block.
 */
export function xxh64(data: DataView, start: number, end: number, out: Uint32Array, at: number): void {
  const length = end - start;
  let position = start;
  if (length >= 32) {
    position = hashStripes(data, start, end);
  } else {
    high = p5h;
    low = p5l;
  }
  add(high, low, 0, length);
  for (; position + 8 <= end; position += 8) mixEight(data, position);
  if (position + 4 <= end) {
    mixFour(data, position);
    position += 4;
  }
  for (; position < end; position++) mixOne(data.getUint8(position));
  avalanche();
  out[at] = low;
  out[at + 1] = high;
}

// The primes of the algorithm, in halves.
const p1h = 0x9e3779b1;
const p1l = 0x85ebca87;
const p2h = 0xc2b2ae3d;
const p2l = 0x27d4eb4f;
const p3h = 0x165667b1;
const p3l = 0x9e3779f9;
const p4h = 0x85ebca77;
const p4l = 0xc2b2ae63;
const p5h = 0x27d4eb2f;
const p5l = 0x165667c5;

// Result of the last operation.
let high = 0;
let low = 0;

/** Accumulators of the four lanes: low and high half of each. */
const lanes = new Int32Array(8);

function hashStripes(data: DataView, start: number, end: number): number {
  const stripes = Math.floor((end - start) / 32);
  add(p1h, p1l, p2h, p2l);
  hashLane(data, start, stripes, 0, high, low);
  hashLane(data, start, stripes, 1, p2h, p2l);
  hashLane(data, start, stripes, 2, 0, 0);
  subtractFromZero(p1h, p1l);
  hashLane(data, start, stripes, 3, high, low);
  mergeLanes();
  return start + stripes * 32;
}

/**
 * The rounds of one lane, rotl(acc + word * p2, 31) * p1 for each of its words. The four lanes do not depend on each
 * other, so each runs alone in local variables: this loop is where the time of a long prompt goes.
 */
function hashLane(
  data: DataView,
  start: number,
  stripes: number,
  lane: number,
  seedHigh: number,
  seedLow: number,
): void {
  let h = seedHigh | 0;
  let l = seedLow | 0;
  const end = start + stripes * 32;
  for (let at = start + lane * 8; at < end; at += 32) {
    const wordLow = data.getInt32(at, true);
    const wordHigh = data.getInt32(at + 4, true);
    const productLow = Math.imul(wordLow, p2l);
    const sumLow = (l + productLow) | 0;
    const carry = sumLow >>> 0 < productLow >>> 0 ? 1 : 0;
    const sumHigh = (h + productHigh(wordHigh, wordLow, p2h, p2l) + carry) | 0;
    const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
    const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
    h = productHigh(turnedHigh, turnedLow, p1h, p1l);
    l = Math.imul(turnedLow, p1l);
  }
  lanes[lane * 2] = l;
  lanes[lane * 2 + 1] = h;
}

function mergeLanes(): void {
  let sumHigh = 0;
  let sumLow = 0;
  for (let lane = 0; lane < 4; lane++) {
    rotateLeft(lanes[lane * 2 + 1] ?? 0, lanes[lane * 2] ?? 0, rotations[lane] ?? 0);
    add(sumHigh, sumLow, high, low);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 4; lane++) {
    multiply(lanes[lane * 2 + 1] ?? 0, lanes[lane * 2] ?? 0, p2h, p2l);
    rotateLeft(high, low, 31);
    multiply(high, low, p1h, p1l);
    multiply(sumHigh ^ high, sumLow ^ low, p1h, p1l);
    add(high, low, p4h, p4l);
    sumHigh = high;
    sumLow = low;
  }
}

const rotations = [1, 7, 12, 18] as const;

/** One word of one lane: rotl(acc + word * p2, 31) * p1. */
function round(accHigh: number, accLow: number, data: DataView, at: number): void {
  multiply(data.getInt32(at + 4, true), data.getInt32(at, true), p2h, p2l);
  add(accHigh, accLow, high, low);
  rotateLeft(high, low, 31);
  multiply(high, low, p1h, p1l);
}

function mixEight(data: DataView, at: number): void {
  const h = high;
  const l = low;
  round(0, 0, data, at);
  rotateLeft(h ^ high, l ^ low, 27);
  multiply(high, low, p1h, p1l);
  add(high, low, p4h, p4l);
}

function mixFour(data: DataView, at: number): void {
  const h = high;
  const l = low;
  multiply(0, data.getInt32(at, true), p1h, p1l);
  rotateLeft(h ^ high, l ^ low, 23);
  multiply(high, low, p2h, p2l);
  add(high, low, p3h, p3l);
}

function mixOne(byte: number): void {
  const h = high;
  const l = low;
  multiply(0, byte, p5h, p5l);
  rotateLeft(h ^ high, l ^ low, 11);
  multiply(high, low, p1h, p1l);
}

/** Shifts right by 33, 29 and 32 bits with a multiplication between. */
function avalanche(): void {
  low ^= high >>> 1;
  multiply(high, low, p2h, p2l);
  low ^= (low >>> 29) | (high << 3);
  high ^= high >>> 29;
  multiply(high, low, p3h, p3l);
  low ^= high;
}

function add(ah: number, al: number, bh: number, bl: number): void {
  const sum = (al >>> 0) + (bl >>> 0);
  low = sum | 0;
  high = (ah + bh + (sum > 0xffffffff ? 1 : 0)) | 0;
}

function subtractFromZero(h: number, l: number): void {
  low = -l | 0;
  high = (~h + (low === 0 ? 1 : 0)) | 0;
}

function rotateLeft(h: number, l: number, bits: number): void {
  high = (h << bits) | (l >>> (32 - bits));
  low = (l << bits) | (h >>> (32 - bits));
}

/** The low 64 bits of the product. */
function multiply(ah: number, al: number, bh: number, bl: number): void {
  high = productHigh(ah, al, bh, bl);
  low = Math.imul(al, bl);
}

/** The high half of the low 64 bits of the product; the low half is `Math.imul(al, bl)`. */
function productHigh(ah: number, al: number, bh: number, bl: number): number {
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  // Each sum is below 2^32, so that a shift without sign reads it rightly.
  const middle = Math.imul(a1, b0) + (Math.imul(a0, b0) >>> 16);
  const other = Math.imul(a0, b1) + (middle & 0xffff);
  const carried = Math.imul(a1, b1) + (middle >>> 16) + (other >>> 16);
  return (carried + Math.imul(ah, bl) + Math.imul(al, bh)) | 0;
}
