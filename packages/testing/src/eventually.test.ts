import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, untilHolds } from './eventually.ts';

test('what comes true after some attempts is given, whatever those before threw', async () => {
  let attempts = 0;
  const check = (): string | undefined => {
    attempts++;
    if (attempts === 1) throw new Error('not yet');
    return attempts < 3 ? undefined : 'there';
  };
  expect(await eventually('it', check, { everyMs: 1 })).toBe('there');
  expect(attempts).toBe(3);
});

test('what never comes true is named, with the last error and the end of the log', async () => {
  const logFile = join(mkdtempSync(join(tmpdir(), 'weir-eventually-')), 'log');
  writeFileSync(logFile, 'first\nlast\n');
  const check = (): never => {
    throw new Error('refused');
  };
  await expect(eventually('it', check, { timeoutMs: 5, everyMs: 1, program: { logFile } })).rejects.toThrow(
    'timed out waiting for it: refused\nfirst\nlast',
  );
});

test('one attempt is made, however little time there is', async () => {
  expect(await eventually('it', () => 'there', { timeoutMs: 0 })).toBe('there');
});

test('assertions are made until they hold, and the last failure is told as it is', async () => {
  let count = 0;
  await untilHolds(() => expect(++count).toBe(3), { everyMs: 1 });
  const failing = untilHolds(() => expect(count).toBe(4), { timeoutMs: 5, everyMs: 1 });
  await expect(failing).rejects.toMatchObject({ name: 'AssertionError', actual: 3, expected: 4 });
});
