import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCertificateAuthority, issueCertificate } from './certificates.ts';

test('a leaf certificate carries its names and verifies against the authority', async () => {
  const notBefore = new Date('2026-01-01T00:00:00Z');
  const authority = await createCertificateAuthority('weir-ca', notBefore, 3650);
  const leaf = await issueCertificate(authority, {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server', 'client'],
    notBefore,
    validDays: 365,
  });
  const certificate = new X509Certificate(leaf.certPem);
  expect(certificate.verify(new X509Certificate(authority.certPem).publicKey)).toBe(true);
  expect(certificate.subject).toBe('O=system:masters\nCN=kubernetes-admin');
  expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(leaf.keyPem).toContain('BEGIN PRIVATE KEY');
});
