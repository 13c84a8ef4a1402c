import { expect, test } from 'vitest';
import { hasFormat } from './formats.ts';

test.each([
  ['ipv4', '10.0.0.1', '300.1.1.1'],
  ['ipv6', '::1', 'fe80::1%eth0'],
  ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
  ['mac', '00:11:22:aa:bb:cc', '00:11:22'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
  ['hostname', 'a.example', 'a_b'],
  ['uri', 'https://a/b?c=%20', 'not a uri'],
  ['uri', '/path', 'https://a/%zz'],
  ['date', '2024-02-29', '2023-02-29'],
  ['date-time', '2024-01-01T00:00:00.5+02:00', '2024-01-01'],
  ['duration', '1h30m0.5s', '1 hour'],
  ['byte', 'aGk=', 'a'],
  ['hexcolor', '#fff', '#ffff'],
  ['bsonobjectid', '507f1f77bcf86cd799439011', 'x'],
  ['k8s-short-name', 'a-b', 'a.b'],
  ['k8s-long-name', 'a.b', 'a..b'],
  ['email', 'a@b', 'a'],
])('%s: %s is one, %s is not', (format, good, bad) => {
  expect([hasFormat(format, good), hasFormat(format, bad)]).toEqual([true, false]);
});
