import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { MemoryWatch } from './memory-watch.ts';

test('kills a process group above its limit and leaves one below it alone', async () => {
  const watch = new MemoryWatch(20);
  const hungry = spawn(
    process.execPath,
    ['-e', 'globalThis.x = Buffer.alloc(64e6, 1); setTimeout(() => {}, 60000)'],
    {
      detached: true,
      stdio: 'ignore',
    },
  );
  const modest = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const hungryWatch = watch.add(hungry.pid ?? 0, 48e6);
  const modestWatch = watch.add(modest.pid ?? 0, 48e6);
  const signal = await new Promise((resolve) => hungry.once('exit', (_code, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  expect(hungryWatch.stop()).toBe(true);
  expect(modestWatch.stop()).toBe(false);
  modest.kill('SIGKILL');
});
