import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The pair in the folder, as a TLS secret is mounted. */
export async function readCertificate(folder: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    readFile(path.join(folder, 'tls.crt'), 'utf8'),
    readFile(path.join(folder, 'tls.key'), 'utf8'),
  ]);
  return { cert, key };
}

/** Proxies do not verify an endpoint picker's certificate unless told to; any will do then. */
export async function selfSignedCertificate(now: Date): Promise<Certificate> {
  const authority = await createCertificateAuthority('endpoint picker', now, 3650);
  const { certPem, keyPem } = await issueCertificate(authority, {
    commonName: 'localhost',
    organizations: ['Inference Ext'],
    dnsNames: ['localhost'],
    usages: ['server'],
    notBefore: now,
    validDays: 3650,
  });
  return { cert: certPem, key: keyPem };
}

/** Calls back with the pair after each change of the folder, until the signal fires. */
export function watchCertificate(
  folder: string,
  onChange: (certificate: Certificate) => void,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): void {
  watchFolder(folder, signal, () => {
    readCertificate(folder).then(onChange, (error: unknown) =>
      log.warn('certificate not reloaded', { folder, error: toError(error).message }),
    );
  });
}

/** One call per burst of changes: Kubernetes swaps a mounted volume in several steps. */
export function watchFolder(folder: string, signal: AbortSignal, onChange: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { signal }, () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, 100);
    timer.unref();
  });
  // A folder that disappears ends the watch; what was read stays in force.
  watcher.on('error', () => {});
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
