import { xxh64 } from './xxh64.ts';

/** Hashes of the prompt's blocks, each covering all before it: pairs of 32-bit halves, low first. */
export type HashChain = Uint32Array;

/** Where every chain starts: the hash of model and cache salt. Not an entry of the chain itself. */
export function chainRoot(model: string, cacheSalt: string): Uint32Array {
  const text = new TextEncoder().encode(model + cacheSalt);
  const root = new Uint32Array(2);
  xxh64(viewOf(text), 0, text.length, root, 0);
  return root;
}

/** The chain over tokens given as little-endian 32-bit words; the last block may be partial. */
export function hashChain(
  tokens: Uint8Array,
  root: Uint32Array,
  blockBytes: number,
  maxBlocks: number,
): HashChain {
  const blocks = Math.min(maxBlocks, Math.ceil(tokens.length / blockBytes));
  const chain = new Uint32Array(blocks * 2);
  // Block hash and parent, as bytes to be hashed in their turn. The machine's byte order must not matter.
  const link = new DataView(new ArrayBuffer(16));
  const data = viewOf(tokens);
  const block = new Uint32Array(2);
  let parentLow = root[0] ?? 0;
  let parentHigh = root[1] ?? 0;
  for (let i = 0; i < blocks; i++) {
    const start = i * blockBytes;
    xxh64(data, start, Math.min(start + blockBytes, tokens.length), block, 0);
    link.setUint32(0, block[0] ?? 0, true);
    link.setUint32(4, block[1] ?? 0, true);
    link.setUint32(8, parentLow, true);
    link.setUint32(12, parentHigh, true);
    xxh64(link, 0, 16, chain, i * 2);
    parentLow = chain[i * 2] ?? 0;
    parentHigh = chain[i * 2 + 1] ?? 0;
  }
  return chain;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
