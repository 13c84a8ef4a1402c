import { X509Certificate } from 'node:crypto';
import type { Secret } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import type { CertificateSpec } from './desired/index.ts';
import { issueCertificate } from './issue-certificate.ts';

const now = new Date('2026-01-01T00:00:00Z');
const spec: CertificateSpec = {
  secret: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'certs', namespace: 'demo' } },
  dnsNames: ['localhost', 'svc.demo.svc'],
  ipAddresses: ['127.0.0.1', 'fd00::1'],
  expirationAnnotations: ['certificates.kserve.io/expiration', 'old/expiration'],
};

async function issue(existing?: Secret, more: Partial<CertificateSpec> = {}, at: Date = now) {
  const { secret, isNew } = await issueCertificate({ ...spec, ...more }, existing, at);
  return { secret: secret as Secret, isNew };
}

test('a certificate serves every name, has an EC key and a time to renew', async () => {
  const { secret, isNew } = await issue();
  expect(isNew).toBe(true);
  const certificate = new X509Certificate(Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64'));
  expect(certificate.subjectAltName).toBe(
    'DNS:localhost, DNS:svc.demo.svc, IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1',
  );
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(certificate.subject).toBe('O=Kserve Self Signed');
  expect(certificate.ca).toBe(false);
  expect(secret.data?.['ca.crt']).toBe(secret.data?.['tls.crt']);
  expect(secret.metadata.annotations).toEqual({
    'certificates.kserve.io/expiration': '2033-12-30T00:00:00Z',
  });
});

test('the content stays while it serves what is wanted, also when less is wanted', async () => {
  const first = (await issue()).secret;
  expect(await issue(first)).toEqual({ secret: first, isNew: false });
  expect(await issue(first, { ipAddresses: ['127.0.0.1'], dnsNames: ['localhost'] })).toEqual({
    secret: first,
    isNew: false,
  });
});

test.each([
  ['another name is wanted', (secret: Secret) => secret, { dnsNames: ['new.demo.svc'] }, now],
  ['another address is wanted', (secret: Secret) => secret, { ipAddresses: ['10.0.0.1'] }, now],
  ['the time to renew has come', (secret: Secret) => secret, {}, new Date('2034-06-01T00:00:00Z')],
  [
    'an older annotation says so',
    (secret: Secret) => ({
      ...secret,
      metadata: { ...secret.metadata, annotations: { 'old/expiration': '2025-01-01T00:00:00Z' } },
    }),
    {},
    now,
  ],
  [
    'the key is missing',
    (secret: Secret) => ({ ...secret, data: { 'tls.crt': secret.data?.['tls.crt'] ?? '' } }),
    {},
    now,
  ],
  [
    'the certificate is none',
    (secret: Secret) => ({ ...secret, data: { ...secret.data, 'tls.crt': 'AAAA' } }),
    {},
    now,
  ],
])('it is made anew when %s', async (_why, change, more, at) => {
  const first = (await issue()).secret;
  const next = await issue(change(first), more, at);
  expect(next.isNew).toBe(true);
  expect(next.secret.data?.['tls.key']).not.toBe(first.data?.['tls.key']);
});
