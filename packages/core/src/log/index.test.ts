import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';

test.runIf(existsSync('/dev/full'))('a log that cannot be written does not end the process', async () => {
  const module = new URL('./index.ts', import.meta.url).href;
  const script = `
    import { createLogger } from ${JSON.stringify(module)};
    const log = createLogger({ name: 'test' });
    for (let i = 0; i < 100; i++) log.error('disk full', { filler: 'x'.repeat(50_000) });
    process.stdout.write('alive');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect({ code, output }).toEqual({ code: 0, output: 'alive' });
});
