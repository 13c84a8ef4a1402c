import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initialize, serve, serveFile, sha256, temporaryFolder, weights } from '../initializer/fixtures.ts';

test('two pods that want the same model download it once', async () => {
  const web = await serve((request, response) => {
    setTimeout(() => serveFile(request, response, { content: weights }), 1500);
  });
  const env = { WEIR_MODEL_CACHE: temporaryFolder() };
  const uri = `${web.url}/model.gguf`;
  const [first, second] = await Promise.all([initialize(uri, env), initialize(uri, env)]);
  expect(web.requests).toEqual(['GET /model.gguf']);
  expect([first.termination.source, second.termination.source].sort()).toEqual(['cache', 'hub']);
  expect(first.output + second.output).toMatch(/waiting for process \d+ on \S+, which downloads it/);
  // The same file on disk.
  const inode = (folder: string): number => statSync(join(folder, 'model.gguf')).ino;
  expect(inode(first.folder)).toBe(inode(second.folder));
});

test('a damaged or shortened file in the cache is fetched again', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const cache = temporaryFolder();
  const env = { WEIR_MODEL_CACHE: cache };
  const uri = `${web.url}/model.gguf`;
  const blob = join(cache, 'blobs', 'sha256', sha256(weights));
  for (const damage of [
    () => truncateSync(blob, 1000),
    () => writeFileSync(blob, randomBytes(weights.length)),
  ]) {
    expect((await initialize(uri, env)).code).toBe(0);
    chmodSync(blob, 0o644);
    damage();
    const run = await initialize(uri, env);
    expect([run.termination.source, run.read('model.gguf').equals(weights)]).toEqual(['hub', true]);
  }
});

test('a second start uses the cache without any request', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const env = { WEIR_MODEL_CACHE: temporaryFolder() };
  await initialize(`${web.url}/model.gguf`, env);
  const run = await initialize(`${web.url}/model.gguf`, env);
  expect(run.termination.source).toBe('cache');
  expect(web.requests.length).toBe(1);
});

test('the lock of a process that died is broken', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const cache = temporaryFolder();
  const uri = `${web.url}/model.gguf`;
  await initialize(uri, { WEIR_MODEL_CACHE: cache });
  const { hostname } = await import('node:os');
  const { sha256Hex } = await import('@weir/core/hash');
  const lock = join(cache, 'locks', `${sha256Hex(uri)}.lock`);
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', host: hostname() }));
  expect((await initialize(uri, { WEIR_MODEL_CACHE: cache })).code).toBe(0);
  // The same pid, but another process than the one that took the lock.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startTime: '1', host: hostname() }));
  expect((await initialize(uri, { WEIR_MODEL_CACHE: cache })).code).toBe(0);
  expect(existsSync(lock)).toBe(false);
});
