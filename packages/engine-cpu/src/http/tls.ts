import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { Server as HttpsServer, type ServerOptions } from 'node:https';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { TlsOptions } from '../options/engine-options.ts';

const pollMs = 5000;

/** Reads certificate and key. Throws naming the file that cannot be read. */
export async function loadTls(tls: TlsOptions): Promise<ServerOptions> {
  const [cert, key, ca] = await Promise.all([
    read(tls.certFile),
    read(tls.keyFile),
    tls.caFile === null ? null : read(tls.caFile),
  ]);
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(ca === null ? {} : { ca }),
    requestCert: tls.requiresClientCertificate,
    rejectUnauthorized: tls.requiresClientCertificate,
  };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new Error(`cannot read ${file}: ${toError(cause).message}`, { cause });
  }
}

/** Serves new connections with new certificates as the files change. Polls: secret volumes swap a link, not a file. */
export function watchTls(tls: TlsOptions, server: Server, log: Logger): () => void {
  if (!(server instanceof HttpsServer)) return () => {};
  const reload = async (): Promise<void> => {
    try {
      const { cert, key, ca } = await loadTls(tls);
      server.setSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }) });
      log.info('certificate reloaded', { file: tls.certFile });
    } catch (thrown) {
      log.warn('certificate not reloaded', { file: tls.certFile, error: toError(thrown) });
    }
  };
  const files = [tls.certFile, tls.keyFile];
  for (const file of files) watchFile(file, { interval: pollMs, persistent: false }, () => void reload());
  return () => {
    for (const file of files) unwatchFile(file);
  };
}
