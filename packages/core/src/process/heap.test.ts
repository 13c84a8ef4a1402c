import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Holds some 10 MiB and makes as much garbage as a watch does; prints MiB of heap, and of what is alive in it. */
const script = `
  import v8 from 'node:v8';
  import { keepHeapSmall } from ${JSON.stringify(new URL('heap.ts', import.meta.url).href)};
  if (process.argv.includes('small')) keepHeapSmall();
  const held = [];
  for (let i = 0; i < 160_000; i++) {
    const object = JSON.parse('{"metadata":{"name":"pod-' + i + '"},"status":{"phase":"Running","ready":[true]}}');
    if (i % 4 === 0) held.push(object);
  }
  console.log(Math.round(v8.getHeapStatistics().total_physical_size / 2 ** 20), held.length);
`;

async function heapMiB(...args: string[]): Promise<number> {
  const options = ['--import', 'tsx', '--input-type=module', '-e', script, '--', ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, options);
  // V8 names a flag that it does not know, and goes on.
  expect(stderr).toBe('');
  return Number(stdout.split(' ')[0]);
}

test('a small heap holds the same in less memory', async () => {
  const [small, usual] = await Promise.all([heapMiB('small'), heapMiB()]);
  expect(small).toBeLessThan(usual * 0.75);
});
