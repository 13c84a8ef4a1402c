import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createEcKey } from './ec-key.ts';

test('a fresh key signs what its public half verifies, and is never the same', () => {
  const jwks = Array.from({ length: 300 }, createEcKey);
  expect(new Set(jwks.map(({ d }) => d)).size).toBe(300);
  for (const jwk of jwks) {
    expect(Buffer.from(jwk.d, 'base64url')).toHaveLength(32);
    const key = createPrivateKey({ format: 'jwk', key: jwk });
    const { d: _d, ...open } = jwk;
    const data = Buffer.from('data');
    const signature = sign('sha256', data, key);
    expect(verify('sha256', data, createPublicKey({ format: 'jwk', key: open }), signature)).toBe(true);
  }
});

/** One of Node's key pairs stops the process in some runs of this. */
const script = `
  import { createPrivateKey, createPublicKey } from 'node:crypto';
  import { createEcKey } from ${JSON.stringify(new URL('ec-key.ts', import.meta.url).href)};
  for (let i = 0; i < 10_000; i++) {
    createPublicKey(createPrivateKey({ format: 'jwk', key: createEcKey() })).export({ format: 'jwk' });
  }
  console.log('done');
`;

test('a collection in the midst of exporting a key does not stop the process', async () => {
  const argv = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 12_000 });
  expect(stdout).toBe('done\n');
});
