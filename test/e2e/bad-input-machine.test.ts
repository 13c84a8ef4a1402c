import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts, hasComponents, LocalPlatform } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadInputTarget } from './bad-input-target.ts';

/** A disk that is full, and files that are cut or damaged: named with the way out, and nothing that works is touched. */
describe.skipIf(!hasComponents('kubectl'))('bad input', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'weir-bad-input-'));
  // Not on the disk that gets full.
  const cache = mkdtempSync(path.join(tmpdir(), 'weir-bad-input-cache-'));
  const hasSmallDisk = mountSmallDisk(home);
  let target: BadInputTarget;

  beforeAll(async () => {
    target = await BadInputTarget.start(home);
  });
  afterAll(async () => {
    await target?.platform.stop({ keepHome: true });
    if (hasSmallDisk) execFileSync('umount', ['--lazy', home]);
    for (const folder of [home, cache]) rmSync(folder, { recursive: true, force: true });
  });

  describe('from the machine', () => {
    test.runIf(hasSmallDisk)(
      'a full disk refuses writes and nothing else, and heals without a restart',
      async () => {
        const create = (name: string) =>
          target.platform.kubectl([
            'create',
            'configmap',
            name,
            `--from-literal=a=${'b'.repeat(8192)}`,
            '--cache-dir',
            path.join(cache, 'kubectl'),
          ]);
        expect((await create('before')).exitCode).toBe(0);
        const filler = fill(home);
        const beside = new LocalPlatform({
          portBase: await freePorts(100),
          home: path.join(home, 'beside'),
        });
        await expect(beside.start()).rejects.toThrow(/ENOSPC.* — the disk is full: free space and try again/);
        const refused = await create('refused');
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toMatch(
          /the disk is full: .*journal.* nothing of this write was stored; free space/,
        );
        expect((await target.ask({})).status).toBe(200);
        expect((await target.platform.kubectl(['get', 'configmap', 'before'])).exitCode).toBe(0);
        rmSync(filler);
        expect((await create('after')).exitCode).toBe(0);
        const names = await target.platform.kubectl(['get', 'configmap', '-o', 'name']);
        expect(names.stdout).toMatch(/after\nconfigmap\/before\n/);
        expect(names.stdout).not.toContain('refused');
        await target.expectGoodUnharmed();
      },
    );

    test('a journal cut short loses only the record that was cut, and a damaged one is refused by place', async () => {
      const create = (name: string) =>
        target.platform.kubectl(['create', 'configmap', name, '--from-literal=a=b']);
      expect((await create('kept')).exitCode).toBe(0);
      await target.platform.stop({ keepHome: true });
      const journal = newestJournal(home);
      const whole = readFileSync(journal);

      appendFileSync(journal, whole.subarray(0, 100));
      await target.platform.start();
      expect(readFileSync(path.join(home, 'logs', 'control-plane.log'), 'utf8')).toContain('journal');
      expect((await target.platform.kubectl(['get', 'configmap', 'kept'])).exitCode).toBe(0);
      await target.untilReady('good');
      await target.platform.stop({ keepHome: true });

      const sound = readFileSync(newestJournal(home));
      const damaged = Buffer.from(sound);
      damaged.writeUInt8((damaged[40] ?? 0) ^ 1, 40);
      writeFileSync(newestJournal(home), damaged);
      await expect(target.platform.start()).rejects.toThrow(
        /journal-\d+ is damaged at byte 0 and has valid records after it/,
      );
      expect(readFileSync(newestJournal(home)).equals(damaged)).toBe(true);

      writeFileSync(newestJournal(home), sound);
      await target.platform.start();
      expect((await target.platform.kubectl(['get', 'configmap', 'kept'])).exitCode).toBe(0);
      await target.untilReady('good');
    });
  });
});

/** Mounts a disk of 64 MiB where this user may; then a full disk is a real one. */
function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes a file until the disk takes no byte more. */
function fill(folder: string): string {
  const file = path.join(folder, 'filler');
  const descriptor = openSync(file, 'w');
  for (let size = 1024 * 1024; size > 0; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(descriptor, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(descriptor);
  return file;
}

function newestJournal(home: string): string {
  const data = path.join(home, 'data');
  const name = readdirSync(data)
    .filter((file) => /^journal-\d+$/.test(file))
    .sort()
    .at(-1);
  return path.join(data, name ?? '');
}
