import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { isRunning, processIdentity, readProcessStat } from './index.ts';

test.skipIf(process.platform !== 'linux')('a process is known by pid and start time', () => {
  const me = processIdentity(process.pid);
  expect(isRunning(me)).toBe(true);
  expect(isRunning({ ...me, startTime: 1 })).toBe(false);
  expect(readProcessStat(process.pid)?.parent).toBe(process.ppid);
});

test.skipIf(process.platform !== 'linux')('a zombie does not run', async () => {
  // The shell's child ends while the shell, its parent, has become a program that never waits for children.
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = Number(
    await new Promise((resolve) => parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))),
  );
  await expect.poll(() => readProcessStat(pid), { timeout: 30_000 }).toBeUndefined();
  parent.kill('SIGKILL');
});
