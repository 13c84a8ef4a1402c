import {
  type CertificatePair,
  createCertificateAuthority,
  issueCertificate,
  readCertificate,
} from '../certificates.ts';

/** What a webhook server needs: its own certificate, and what callers trust. */
export interface ServingCertificate {
  readonly pair: CertificatePair;
  /** One or more certificates in PEM: the present authority, and former ones that are still in use somewhere. */
  readonly caBundlePem: string;
  /** The present authority, which issues the next certificate. */
  readonly authority: CertificatePair;
}

export interface ServingCertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly authorityDays: number;
  readonly certificateDays: number;
}

/** A certificate is replaced when less than this part of its life is left. */
const renewalPart = 1 / 3;
const dayMs = 86_400_000;

/**
 * Replaces what is missing, about to expire, or does not fit the names; returns `current` itself when all is well. A
 * former authority stays in the bundle until it expires, so that nobody distrusts a server that has not changed yet.
 */
export async function renewed(
  current: ServingCertificate | undefined,
  request: ServingCertificateRequest,
  now: Date,
): Promise<ServingCertificate> {
  const isAuthorityGood =
    current !== undefined && livesOn(current.authority.certPem, request.authorityDays, now);
  if (
    isAuthorityGood &&
    fits(current.pair.certPem, request) &&
    livesOn(current.pair.certPem, request.certificateDays, now)
  )
    return current;
  const authority = isAuthorityGood
    ? current.authority
    : await createCertificateAuthority(`${request.commonName}-ca`, now, request.authorityDays);
  const pair = await issueCertificate(authority, {
    commonName: request.commonName,
    dnsNames: request.dnsNames,
    ipAddresses: request.ipAddresses,
    usages: ['server'],
    notBefore: now,
    validDays: request.certificateDays,
  });
  return { authority, pair, caBundlePem: bundle(authority.certPem, current?.caBundlePem ?? '', now) };
}

/** Milliseconds until `renewed` will replace something. */
export function renewalDelayMs(
  current: ServingCertificate,
  request: ServingCertificateRequest,
  now: Date,
): number {
  const left = (pem: string, days: number): number => {
    const facts = readCertificate(pem);
    if (facts === null || facts.notBefore > now) return 0;
    return facts.notAfter.getTime() - now.getTime() - days * dayMs * renewalPart;
  };
  return Math.max(
    0,
    Math.min(
      left(current.authority.certPem, request.authorityDays),
      left(current.pair.certPem, request.certificateDays),
    ),
  );
}

/** One that is not valid yet was issued by a clock that has been put right since. */
function livesOn(pem: string, days: number, now: Date): boolean {
  const facts = readCertificate(pem);
  if (facts === null || facts.notBefore > now) return false;
  return facts.notAfter.getTime() - now.getTime() > days * dayMs * renewalPart;
}

function fits(pem: string, request: ServingCertificateRequest): boolean {
  const facts = readCertificate(pem);
  return (
    facts !== null &&
    request.dnsNames.every((name) => facts.dnsNames.includes(name)) &&
    request.ipAddresses.every((address) => facts.ipAddresses.includes(address))
  );
}

function bundle(authorityPem: string, formerPem: string, now: Date): string {
  const former = formerPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const kept = former.filter((pem) => {
    const facts = readCertificate(pem);
    return facts !== null && facts.notAfter > now && pem.trim() !== authorityPem.trim();
  });
  return [authorityPem.trim(), ...kept.map((pem) => pem.trim())].map((pem) => `${pem}\n`).join('');
}
