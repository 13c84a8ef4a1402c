import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../initializer/fixtures.ts';
import { handOver } from './hand-over.ts';
import { ModelCache } from './model-cache.ts';

const signal = new AbortController().signal;
const sharedMemory = '/dev/shm';

async function cachedModel(): Promise<{
  cache: ModelCache;
  manifest: Awaited<ReturnType<ModelCache['store']>>;
}> {
  const cache = new ModelCache(temporaryFolder());
  const staging = cache.stagingFolder('a');
  mkdirSync(join(staging, 'sub'), { recursive: true });
  writeFileSync(join(staging, 'sub', 'model.gguf'), 'weights');
  return { cache, manifest: await cache.store('a', ['sub/model.gguf'], signal) };
}

test('a model is handed over by hard link, again and again', async () => {
  const { cache, manifest } = await cachedModel();
  const folder = temporaryFolder();
  for (const _ of [1, 2]) {
    await handOver(cache, manifest, folder, 'copy');
    const target = join(folder, 'sub', 'model.gguf');
    expect(readFileSync(target, 'utf8')).toBe('weights');
    expect(statSync(target).nlink).toBe(2);
    expect(existsSync(`${target}.part`)).toBe(false);
  }
});

test.skipIf(!existsSync(sharedMemory) || statSync(sharedMemory).dev === statSync('/tmp').dev)(
  'on another file system it is copied, or linked by name where the reader sees the cache',
  async () => {
    const { mkdtempSync, rmSync } = await import('node:fs');
    const { cache, manifest } = await cachedModel();
    const folder = mkdtempSync(join(sharedMemory, 'weir-'));
    const target = join(folder, 'sub', 'model.gguf');
    try {
      for (const fallback of ['copy', 'symlink'] as const) {
        await handOver(cache, manifest, folder, fallback);
        expect(readFileSync(target, 'utf8')).toBe('weights');
        expect(lstatSync(target).isSymbolicLink()).toBe(fallback === 'symlink');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
