import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type FileContent, publishFiles } from './content.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-content-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function files(entries: Record<string, string>, mode = 0o644): Map<string, FileContent> {
  return new Map(Object.entries(entries).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
}

function visible(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('..'))
    .sort();
}

test('shows files, nested ones too, with their modes', () => {
  const folder = join(dir, 'a');
  publishFiles(folder, files({ 'tls.key': 'k', 'sub/x': 'y' }, 0o600));
  expect(visible(folder)).toEqual(['sub', 'tls.key']);
  expect(readFileSync(join(folder, 'sub/x'), 'utf8')).toBe('y');
  expect(statSync(join(folder, 'tls.key')).mode & 0o777).toBe(0o600);
});

test('changes all files at once and removes what is gone, and the old version with it', () => {
  const folder = join(dir, 'b');
  publishFiles(folder, files({ a: '1', b: '1' }));
  publishFiles(folder, files({ a: '2', c: '2' }));
  expect(visible(folder)).toEqual(['a', 'c']);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('2');
  expect(readdirSync(folder).filter((name) => name.startsWith('..'))).toHaveLength(2);
});

test('an open folder of the old version is not touched when nothing changes', () => {
  const folder = join(dir, 'c');
  publishFiles(folder, files({ a: '1' }));
  const before = statSync(join(folder, '..data')).ino;
  publishFiles(folder, files({ a: '1' }));
  expect(statSync(join(folder, '..data')).ino).toBe(before);
});

test('no files make an empty folder', () => {
  const folder = join(dir, 'd');
  publishFiles(folder, files({}));
  expect(visible(folder)).toEqual([]);
});
