import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, describe, expect, it } from 'vitest';
import { runEngine } from '../run.ts';
import { recordingLogger, runTestEngine } from '../testing/run-test-engine.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-engine-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const certFile = path.join(folder, 'tls.crt');
const keyFile = path.join(folder, 'tls.key');

describe('TLS', () => {
  it('is served with the given certificate', async () => {
    await writeCertificate('CN=engine');
    const engine = await runTestEngine([
      '--ssl-certfile',
      certFile,
      '--ssl-keyfile',
      keyFile,
      '--enable-ssl-refresh',
    ]);
    expect(await get(`${engine.url}/health`)).toEqual({ status: 200, subject: 'engine' });
    expect(await engine.stop()).toBe(0);
  });

  it('without its files ends the engine with a reason', async () => {
    const { log, lines } = recordingLogger();
    const missing = path.join(folder, 'none.crt');
    const argv = [
      'serve',
      'builtin://tiny-random',
      '--port',
      '0',
      '--ssl-certfile',
      missing,
      '--ssl-keyfile',
      keyFile,
    ];
    const code = await runEngine(argv, {
      env: {},
      log,
      signal: AbortSignal.timeout(10_000),
      stdout: process.stdout,
    });
    expect([code, lines.at(-1)?.message]).toEqual([1, expect.stringContaining(`cannot read ${missing}`)]);
  });
});

async function writeCertificate(name: string): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
  });
  await writeFile(certFile, certificate.toString('pem'));
  await writeFile(
    keyFile,
    PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
  );
}

function get(url: string): Promise<{ status: number | undefined; subject: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(url, { ca: [], rejectUnauthorized: false }, (response) => {
      const subject = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
      response.resume().once('end', () => resolve({ status: response.statusCode, subject: String(subject) }));
    })
      .once('error', reject)
      .end();
  });
}
