/**
 * XXH64 with seed 0 over part of an array, as two 32-bit halves. A 64-bit word is a (high, low) pair here: BigInt
 * would allocate for every word of a prompt, and a WebAssembly call costs more than hashing one block.
 */
export function xxh64(data: Uint8Array, start: number, end: number, out: Uint32Array, at: number): void {
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
  for (; position < end; position++) mixOne(data[position] ?? 0);
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

function hashStripes(data: Uint8Array, start: number, end: number): number {
  add(p1h, p1l, p2h, p2l);
  setLane(0, high, low);
  setLane(1, p2h, p2l);
  setLane(2, 0, 0);
  subtractFromZero(p1h, p1l);
  setLane(3, high, low);
  let position = start;
  for (; position + 32 <= end; position += 32) {
    for (let lane = 0; lane < 4; lane++) {
      round(lanes[lane * 2 + 1] ?? 0, lanes[lane * 2] ?? 0, data, position + lane * 8);
      setLane(lane, high, low);
    }
  }
  mergeLanes();
  return position;
}

function setLane(lane: number, h: number, l: number): void {
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
function round(accHigh: number, accLow: number, data: Uint8Array, at: number): void {
  multiply(word(data, at + 4), word(data, at), p2h, p2l);
  add(accHigh, accLow, high, low);
  rotateLeft(high, low, 31);
  multiply(high, low, p1h, p1l);
}

function mixEight(data: Uint8Array, at: number): void {
  const h = high;
  const l = low;
  round(0, 0, data, at);
  rotateLeft(h ^ high, l ^ low, 27);
  multiply(high, low, p1h, p1l);
  add(high, low, p4h, p4l);
}

function mixFour(data: Uint8Array, at: number): void {
  const h = high;
  const l = low;
  multiply(0, word(data, at), p1h, p1l);
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

function word(data: Uint8Array, at: number): number {
  return (
    (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24)
  );
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
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  // Every term is below 2^50, so a double holds it exactly.
  const lower = a0 * b0 + (a0 * b1 + a1 * b0) * 0x10000;
  const carry = Math.floor(lower / 0x100000000);
  high = (a1 * b1 + carry + Math.imul(ah, bl) + Math.imul(al, bh)) | 0;
  low = lower | 0;
}
