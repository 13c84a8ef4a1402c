import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WeirError } from '@weir/core/errors';
import { sha256Hex } from '@weir/core/hash';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readGgufHeader } from './read-header.ts';
import { generateTinyRandom, tinyRandomBytes } from './tiny-random.ts';
import { writeGguf } from './write.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-gguf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(bytes: Uint8Array): string {
  const file = path.join(folder, 'sample.gguf');
  writeFileSync(file, bytes);
  return file;
}

const read = (bytes: Uint8Array) => readGgufHeader(save(bytes));

const small = writeGguf(
  {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.ratio': { type: 'f32', value: 0.5 },
    'general.flag': { type: 'bool', value: true },
    'tokenizer.tokens': { type: 'strings', value: ['a', 'ß', ''] },
    'tokenizer.scores': { type: 'f32s', value: [1, 2, 3] },
  },
  [
    { name: 'one', dimensions: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'two', dimensions: [1], data: Float32Array.of(7) },
  ],
);

describe('GGUF', () => {
  it('reads back what it writes', async () => {
    expect(await read(small)).toEqual({
      metadata: new Map<string, unknown>([
        ['general.architecture', 'llama'],
        ['general.ratio', 0.5],
        ['general.flag', true],
      ]),
      arrayLengths: new Map([
        ['tokenizer.tokens', 3],
        ['tokenizer.scores', 3],
      ]),
      tensors: [
        { name: 'one', dimensions: [2, 3], type: 0, offset: 0 },
        { name: 'two', dimensions: [1], type: 0, offset: 32 },
      ],
      fileBytes: small.length,
    });
  });

  it('finds a file cut short anywhere, before anything maps it', async () => {
    // The last tensor holds four bytes; what follows is padding.
    for (let length = 0; length <= small.length - 32; length += 5) {
      await expect(read(small.subarray(0, length))).rejects.toMatchObject({ code: 'GGUF_TRUNCATED' });
    }
  });

  it('answers any damage with a typed error or a header, never with a crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1 }),
        async (edits) => {
          const bytes = Uint8Array.from(small);
          for (const [at, value] of edits) bytes[at] = value;
          const result = await read(bytes).catch((error: unknown) => error);
          expect(result instanceof WeirError || !(result instanceof Error)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says what a file is that is no GGUF', async () => {
    const html = read(new TextEncoder().encode('<!DOCTYPE html>'));
    await expect(html).rejects.toThrow(/is not a GGUF file: it starts with "<!DO"/);
    const old = Uint8Array.from(small);
    old[4] = 1;
    await expect(read(old)).rejects.toThrow(/GGUF version 1/);
  });
});

describe('the built-in model', () => {
  it('is the same file every time, below one megabyte', async () => {
    const file = path.join(folder, 'tiny.gguf');
    await generateTinyRandom(file);
    const bytes = await readFile(file);
    expect(bytes.length).toBeLessThan(1_000_000);
    expect(sha256Hex(bytes)).toBe(sha256Hex(tinyRandomBytes()));
    expect((await readGgufHeader(file)).metadata.get('general.name')).toBe('tiny-random');
  });
});
