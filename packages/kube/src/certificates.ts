import { X509Certificate } from 'node:crypto';

export { createEcKey } from './ec-key.ts';

/** A certificate with its private key (PKCS #8), both PEM. */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Becomes O=; Kubernetes reads groups from it. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly notBefore: Date;
  readonly validDays: number;
}

/** What a certificate is good for, and until when. */
export interface CertificateFacts {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

// The issuer's library is large, and most processes only read certificates: it is loaded when one is made.

/** A self-signed CA with an EC P-256 key. */
export async function createCertificateAuthority(
  commonName: string,
  notBefore: Date,
  validDays: number,
): Promise<CertificatePair> {
  return (await import('./certificate-issuer.ts')).createCertificateAuthority(
    commonName,
    notBefore,
    validDays,
  );
}

/** Issues a leaf certificate, EC P-256, signed by the authority. */
export async function issueCertificate(
  authority: CertificatePair,
  request: CertificateRequest,
): Promise<CertificatePair> {
  return (await import('./certificate-issuer.ts')).issueCertificate(authority, request);
}

/** A server certificate that is its own authority, EC P-256, known by its names only. */
export async function createSelfSignedCertificate(
  request: Omit<CertificateRequest, 'commonName' | 'usages'>,
): Promise<CertificatePair> {
  return (await import('./certificate-issuer.ts')).createSelfSignedCertificate(request);
}

/** Reads a PEM certificate; null when it is none. */
export function readCertificate(pem: string): CertificateFacts | null {
  try {
    const certificate = new X509Certificate(pem);
    // As in `DNS:a.svc, IP Address:127.0.0.1`; a name with signs of its own is quoted, and none that is asked for.
    const names = (certificate.subjectAltName ?? '').split(', ');
    const valuesOf = (type: string): string[] =>
      names.filter((name) => name.startsWith(`${type}:`)).map((name) => name.slice(type.length + 1));
    return {
      dnsNames: valuesOf('DNS'),
      ipAddresses: valuesOf('IP Address'),
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
    };
  } catch {
    return null;
  }
}
