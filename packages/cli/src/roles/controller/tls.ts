import { getCiphers, type SecureVersion } from 'node:tls';
import type { FlagValues } from '@weir/core/config';
import { cliErrors } from '../../errors.ts';

/** How the servers of the controller speak TLS. */
export interface TlsSettings {
  readonly minVersion: SecureVersion;
  /** OpenSSL names, joined by colons; default: those of the platform. */
  readonly ciphers?: string;
}

/** Reads --tls-min-version and --tls-cipher-suites. */
export function tlsSettings(values: FlagValues): TlsSettings {
  const minVersion = minVersionOf(String(values.get('tls-min-version') ?? ''));
  const suites = String(values.get('tls-cipher-suites') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (suites.length === 0) return { minVersion };
  // The suites of TLS 1.3 are not a choice; they are fixed in other implementations as well.
  const fixed = getCiphers().filter((name) => name.startsWith('tls_'));
  return {
    minVersion,
    ciphers: [...fixed.map((name) => name.toUpperCase()), ...suites.map(openSslName)].join(':'),
  };
}

function minVersionOf(flag: string): SecureVersion {
  if (flag === '' || flag === 'VersionTLS12') return 'TLSv1.2';
  if (flag === 'VersionTLS13') return 'TLSv1.3';
  throw cliErrors.USAGE({ problem: `--tls-min-version: "${flag}" is neither VersionTLS12 nor VersionTLS13` });
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` to OpenSSL. */
function openSslName(suite: string): string {
  const name = suite
    .replace(/^TLS_/, '')
    .replace('_WITH_', '_')
    .replace(/^RSA_/, '')
    .replace(/_AES_(\d+)/, '_AES$1')
    .replace(/^AES_(\d+)/, 'AES$1')
    .replace(/_CBC_SHA/, '_SHA')
    .replace(/(POLY1305)_SHA256$/, '$1')
    .replaceAll('_', '-');
  if (!getCiphers().includes(name.toLowerCase())) {
    throw cliErrors.USAGE({
      problem: `--tls-cipher-suites: "${suite}" is not a suite that this platform has`,
    });
  }
  return name;
}
