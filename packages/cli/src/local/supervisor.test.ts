import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Supervised } from './supervisor.ts';

const logs = mkdtempSync(path.join(tmpdir(), 'weir-supervisor-'));
const started: Supervised[] = [];

afterEach(async () => {
  for (const part of started.splice(0)) await part.stop();
  rmSync(logs, { recursive: true, force: true });
});

function supervised(script: string, startTimeoutMs?: number): Supervised {
  const part = new Supervised(
    { name: 'part', argv: ['-e', script] },
    {
      logs,
      env: process.env,
      command: [process.execPath],
      ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
    },
  );
  started.push(part);
  return part;
}

test('a part that says that it is ready has started', async () => {
  const part = supervised(`process.send({ type: 'ready' }); setInterval(() => {}, 1000);`);
  await part.start();
  expect(part.pid).toBeGreaterThan(0);
});

test('a part that ends is named with the last line that it wrote', async () => {
  const part = supervised(`console.log('no room'); process.exitCode = 3;`);
  await expect(part.start()).rejects.toThrow(/the part .*exit code 3.*no room/s);
});

test('a part that hangs is given up and ended, even one that ignores SIGTERM', async () => {
  const part = supervised(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`, 400);
  await expect(part.start()).rejects.toThrow('it was not ready within 0.4 s');
  await expect.poll(() => isAlive(part.pid), { timeout: 30_000 }).toBe(false);
});

function isAlive(pid = 0): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
