import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { LogReadOptions } from './log-reader.ts';
import { LogStore } from './log-store.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-logs-'));
let files = 0;

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function nextFile(): string {
  return join(dir, `${files++}`, 'log');
}

async function read(store: LogStore, path: string, options: Partial<LogReadOptions> = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  const all = { follow: false, signal: AbortSignal.timeout(30_000), ...options };
  for await (const part of store.read(path, all)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('container logs', () => {
  test('are written a line each with time, stream and tag', () => {
    const path = nextFile();
    const writer = new LogStore({ maxFileBytes: 1e6, maxFiles: 5 }).openWriter(path);
    writer.write('stdout', Buffer.from('one\ntw'));
    writer.write('stderr', Buffer.from('err\n'));
    writer.write('stdout', Buffer.from('o\nrest'));
    writer.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.map((line) => line.replace(/^\S+Z /, ''))).toEqual([
      'stdout F one',
      'stderr F err',
      'stdout F two',
      'stdout F rest',
      '',
    ]);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
  });

  test('come back byte for byte however they were cut, over rotations as long as files are kept', async () => {
    const chunk = fc.uint8Array({ maxLength: 40_000 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
        const path = nextFile();
        const store = new LogStore({ maxFileBytes: 30_000, maxFiles: 40 });
        const writer = store.openWriter(path);
        for (const part of chunks) writer.write('stdout', part);
        writer.close();
        const whole = Buffer.concat(chunks).toString('latin1');
        const parts: Uint8Array[] = [];
        for await (const part of store.read(path, { follow: false, signal: AbortSignal.timeout(5000) }))
          parts.push(part);
        const text = Buffer.concat(parts).toString('latin1');
        expect(text).toBe(whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`);
      }),
      { numRuns: 25 },
    );
  });

  test('keep the newest files only', async () => {
    const path = nextFile();
    const store = new LogStore({ maxFileBytes: 100, maxFiles: 2 });
    const writer = store.openWriter(path);
    for (let line = 0; line < 20; line++) writer.write('stdout', Buffer.from(`line ${line}\n`));
    expect(await read(store, path)).toMatch(/^line 1\d\n(line \d+\n)*line 19\n$/);
    expect(writer.rotations).toBeGreaterThan(5);
    writer.close();
  });

  test('tailLines reaches back over rotated files', async () => {
    const path = nextFile();
    const store = new LogStore({ maxFileBytes: 150, maxFiles: 9 });
    const writer = store.openWriter(path);
    for (let line = 0; line < 12; line++) writer.write('stdout', Buffer.from(`${line}\n`));
    expect(await read(store, path, { tailLines: 7 })).toBe('5\n6\n7\n8\n9\n10\n11\n');
    expect(await read(store, path, { tailLines: 0 })).toBe('');
    expect(await read(store, path, { tailLines: 99 })).toBe(
      Array.from({ length: 12 }, (_, i) => `${i}\n`).join(''),
    );
    writer.close();
  });

  test('limitBytes cuts, timestamps prefix, sinceMs skips older lines', async () => {
    const path = nextFile();
    const store = new LogStore({ maxFileBytes: 1e6, maxFiles: 5 });
    store.openWriter(path).close();
    writeFileSync(path, '2026-01-01T00:00:00.000Z stdout F old\n2026-01-02T00:00:00.000Z stderr F new\n');
    expect(await read(store, path, { limitBytes: 6 })).toBe('old\nne');
    expect(await read(store, path, { timestamps: true, sinceMs: Date.parse('2026-01-01T12:00:00Z') })).toBe(
      '2026-01-02T00:00:00.000Z new\n',
    );
  });

  test('follow goes on over a rotation and ends when the container ends', async () => {
    const path = nextFile();
    const store = new LogStore({ maxFileBytes: 120, maxFiles: 9 });
    const writer = store.openWriter(path);
    const following = read(store, path, { follow: true });
    for (let line = 0; line < 15; line++) {
      writer.write('stdout', Buffer.from(`${line}\n`));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    writer.close();
    expect(await following).toBe(Array.from({ length: 15 }, (_, i) => `${i}\n`).join(''));
  });

  test('follow ends with its signal', async () => {
    const path = nextFile();
    const store = new LogStore({ maxFileBytes: 120, maxFiles: 9 });
    const writer = store.openWriter(path);
    writer.write('stdout', Buffer.from('x\n'));
    const stop = new AbortController();
    const parts: string[] = [];
    for await (const part of store.read(path, { follow: true, signal: stop.signal })) {
      parts.push(Buffer.from(part).toString());
      stop.abort();
    }
    expect(parts).toEqual(['x\n']);
    writer.close();
  });
});
