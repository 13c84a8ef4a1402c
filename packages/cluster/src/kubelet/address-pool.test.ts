import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createAddressPool } from './address-pool.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-addresses-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('each owner has one address, which is remembered and not reused at once', () => {
  const options = { cidr: '127.78.16.0/20', file: join(dir, 'a.json') };
  const pool = createAddressPool(options);
  expect([pool.acquire('a'), pool.acquire('b'), pool.acquire('a')]).toEqual([
    '127.78.16.1',
    '127.78.16.2',
    '127.78.16.1',
  ]);
  pool.release('a');
  const later = createAddressPool(options);
  expect(later.owners()).toEqual(['b']);
  expect([later.acquire('b'), later.acquire('c')]).toEqual(['127.78.16.2', '127.78.16.3']);
});

test('another range takes no address of the former one along', () => {
  const file = join(dir, 'moved.json');
  const before = createAddressPool({ cidr: '127.78.16.0/20', file });
  before.acquire('a');
  before.acquire('b');
  const after = createAddressPool({ cidr: '127.78.32.0/20', file });
  expect(after.owners()).toEqual([]);
  expect([after.acquire('b'), after.acquire('a')]).toEqual(['127.78.32.3', '127.78.32.4']);
});

test('any range of IPv4 addresses will do', () => {
  const pool = createAddressPool({ cidr: '10.79.3.7/16', file: join(dir, 'private.json') });
  expect(pool.acquire('a')).toBe('10.79.0.1');
});

test('a full pool says so, and takes a released address again', () => {
  const pool = createAddressPool({ cidr: '127.78.240.0/30', file: join(dir, 'b.json') });
  for (const owner of ['a', 'b', 'c']) pool.acquire(owner);
  expect(() => pool.acquire('d')).toThrow('all 3 pod addresses of 127.78.240.0/30 are in use');
  pool.release('b');
  expect(pool.acquire('d')).toBe('127.78.240.2');
});

test('a damaged file costs the addresses, not the start', () => {
  writeFileSync(join(dir, 'c.json'), '{"next":');
  expect(createAddressPool({ cidr: '127.78.0.0/24', file: join(dir, 'c.json') }).acquire('a')).toBe(
    '127.78.0.1',
  );
});

test.each([
  '10.0.0.0/7',
  'fd00::/64',
  '127.300.0.0/24',
  '127.78.0.0/20/1',
  '127.78.0.0/2x',
  '127.78.0.0',
  '127.78.0.0/31',
])('the range %s is refused', (cidr) => {
  expect(() => createAddressPool({ cidr, file: join(dir, 'd.json') })).toThrow(`pod address range ${cidr}`);
});
