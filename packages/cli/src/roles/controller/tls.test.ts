import { expect, test } from 'vitest';
import { tlsSettings } from './tls.ts';

const settings = (flags: Record<string, string>) => tlsSettings(new Map(Object.entries(flags)));

test('suites have the names of the field, and those of TLS 1.3 stay', () => {
  const suites =
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,TLS_RSA_WITH_AES_128_GCM_SHA256';
  const { ciphers = '' } = settings({ 'tls-cipher-suites': suites });
  expect(ciphers.split(':').filter((name) => !name.startsWith('TLS_'))).toEqual([
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-AES256-SHA',
    'AES128-GCM-SHA256',
  ]);
  expect(ciphers).toContain('TLS_AES_128_GCM_SHA256');
});

test('the version of TLS is 1.2 unless told otherwise', () => {
  expect(settings({})).toEqual({ minVersion: 'TLSv1.2' });
  expect(settings({ 'tls-min-version': 'VersionTLS13' })).toEqual({ minVersion: 'TLSv1.3' });
});

test('what is not known is refused by name', () => {
  expect(() => settings({ 'tls-min-version': 'VersionTLS10' })).toThrow('"VersionTLS10" is neither');
  expect(() => settings({ 'tls-cipher-suites': 'TLS_FANCY' })).toThrow('"TLS_FANCY" is not a suite');
});
