import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';

export interface LocalPki {
  readonly authority: CertificatePair;
  /** Of the API server, for 127.0.0.1, localhost and the in-cluster names. */
  readonly server: CertificatePair;
  readonly admin: CertificatePair;
  readonly gateway: CertificatePair;
}

const renewBeforeMs = 30 * 86_400_000;

/** Loads the certificates of a home, makes those that are missing and renews those near their end. */
export async function ensurePki(folder: string, now: Date): Promise<LocalPki> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await ensure(folder, 'ca', now, () =>
    createCertificateAuthority('weir-local-ca', now, 3650),
  );
  const leaf = (
    name: string,
    request: Omit<Parameters<typeof issueCertificate>[1], 'notBefore' | 'validDays'>,
  ) =>
    ensure(
      folder,
      name,
      now,
      () => issueCertificate(authority, { ...request, notBefore: now, validDays: 365 }),
      authority,
    );
  return {
    authority,
    server: await leaf('apiserver', {
      commonName: 'kube-apiserver',
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      ipAddresses: ['127.0.0.1', '::1'],
      usages: ['server'],
    }),
    admin: await leaf('admin', {
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
    gateway: await leaf('gateway', {
      commonName: 'weir-gateway',
      organizations: ['system:masters'],
      usages: ['client'],
    }),
  };
}

async function ensure(
  folder: string,
  name: string,
  now: Date,
  create: () => Promise<CertificatePair>,
  authority?: CertificatePair,
): Promise<CertificatePair> {
  const file = path.join(folder, `${name}.pem`);
  const existing = read(file);
  if (existing !== null && isUsable(existing, now, authority)) return existing;
  const pair = await create();
  // Certificate and key in one file, written aside and renamed: they can never disagree.
  writeFileSync(`${file}.part`, pair.certPem.trimEnd().concat('\n', pair.keyPem), { mode: 0o600 });
  renameSync(`${file}.part`, file);
  return pair;
}

function read(file: string): CertificatePair | null {
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  const block = (label: string): string =>
    new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\n?`).exec(text)?.[0] ?? '';
  return { certPem: block('CERTIFICATE'), keyPem: block('PRIVATE KEY') };
}

function isUsable(pair: CertificatePair, now: Date, authority: CertificatePair | undefined): boolean {
  try {
    const certificate = new X509Certificate(pair.certPem);
    if (new Date(certificate.validTo).getTime() - now.getTime() < renewBeforeMs) return false;
    return authority === undefined || certificate.verify(new X509Certificate(authority.certPem).publicKey);
  } catch {
    return false;
  }
}
