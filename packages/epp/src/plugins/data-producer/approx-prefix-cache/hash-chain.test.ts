import fc from 'fast-check';
import { expect, test } from 'vitest';
import createXxhash from 'xxhash-wasm';
import { chainRoot, hashChain } from './hash-chain.ts';
import { xxh64 } from './xxh64.ts';

function hex(halves: Uint32Array, at = 0): string {
  const word = (i: number) => (halves[i] ?? 0).toString(16).padStart(8, '0');
  return `0x${word(at + 1)}${word(at)}`;
}

test('XXH64 agrees with a reference implementation for any length', async () => {
  const reference = await createXxhash();
  const out = new Uint32Array(2);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (data, offset) => {
      const start = Math.min(offset, data.length);
      xxh64(new DataView(data.buffer, data.byteOffset, data.byteLength), start, data.length, out, 0);
      expect(hex(out)).toBe(`0x${reference.h64Raw(data.subarray(start)).toString(16).padStart(16, '0')}`);
    }),
  );
});

test.each([
  ['', 'ba2e567083a2b2e8', ['9504d79d090c075d', '02e5e0d1ab3a2586']],
  ['s', '2bb75c61ebe12c0e', ['9c30552535fc9afe', 'ec29f9452da13a83']],
])('the chain of 128 tokens in blocks of 64 with salt "%s" is the published one', (salt, root, blocks) => {
  const tokens = new Uint8Array(new Uint32Array(128).map((_, i) => i).buffer);
  const start = chainRoot('m', salt);
  const chain = hashChain(tokens, start, 256, 100);
  expect(hex(start)).toBe(`0x${root}`);
  expect([hex(chain, 0), hex(chain, 2)]).toEqual(blocks.map((block) => `0x${block}`));
});

test('two prompts share exactly the blocks before their first difference', () => {
  const root = chainRoot('m', '');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), fc.nat(), (data, seed) => {
      const at = seed % data.length;
      const other = Uint8Array.from(data);
      other[at] = (other[at] ?? 0) ^ 1;
      const a = hashChain(data, root, 8, 1000);
      const b = hashChain(other, root, 8, 1000);
      let shared = 0;
      while (shared * 2 < a.length && hex(a, shared * 2) === hex(b, shared * 2)) shared++;
      expect(shared).toBe(Math.floor(at / 8));
    }),
  );
});

test('a chain is cut at the limit of blocks', () => {
  expect(hashChain(new Uint8Array(1000), chainRoot('m', ''), 8, 3)).toHaveLength(6);
});
