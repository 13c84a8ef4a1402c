import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundleCli } from './bundle.mjs';

describe('the bundle of a clone', () => {
  let root = '';
  const chunks = (): string[] => readdirSync(path.join(root, 'dist', 'chunks'));
  const write = (name: string, text: string): void =>
    writeFileSync(path.join(root, 'packages', 'cli', 'src', name), text);

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'weir-bundle-'));
    mkdirSync(path.join(root, 'packages', 'cli', 'src'), { recursive: true });
    write('main.ts', "export const main = async (): Promise<string> => (await import('./late.ts')).word;");
    write('late.ts', "export const word = 'first';");
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('a part that a running process has not loaded yet outlives the next bundle', async () => {
    await bundleCli(root, 1);
    const running: { main(): Promise<string> } = await import(path.join(root, 'dist', 'weir.mjs'));
    write('late.ts', "export const word = 'second';");
    await bundleCli(root, 2);
    expect(await running.main()).toBe('first');
    expect(chunks()).toHaveLength(2);
    expect(readFileSync(path.join(root, 'dist', 'stamp'), 'utf8')).toBe('2');
  });

  test('sources that do not compile leave the former bundle as it was', async () => {
    await bundleCli(root, 1);
    const before = chunks();
    write('late.ts', 'export const word = ;');
    await expect(bundleCli(root, 2)).rejects.toThrow(/late\.ts/);
    expect(chunks()).toEqual(before);
    expect(readFileSync(path.join(root, 'dist', 'stamp'), 'utf8')).toBe('1');
    expect(readdirSync(root).sort()).toEqual(['dist', 'packages']);
    expect(existsSync(path.join(root, 'dist', 'weir.mjs'))).toBe(true);
  });
});
