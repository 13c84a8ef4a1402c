import { apiVersionOf, type KubeObject, resources } from '@weir/api/meta';
import type { Secret } from '@weir/api/workloads';
import { createSelfSignedCertificate, readCertificate } from '@weir/kube/certificates';
import type { CertificateSpec } from './desired/index.ts';

const dayMs = 86_400_000;
const yearDays = 365;
/** Certificates outlive their renewal by far, so that a stopped controller breaks nothing. */
const validYears = 12;
const renewalYears = 8;

/**
 * The Secret of a certificate: the existing one while it serves every wanted name and is not due, so that its
 * content stays stable; else a new key pair. Names that are no longer wanted are no reason to renew.
 */
export async function issueCertificate(
  spec: CertificateSpec,
  existing: Secret | undefined,
  now: Date,
): Promise<{ readonly secret: KubeObject; readonly isNew: boolean }> {
  const dueKey = spec.expirationAnnotations.find(
    (key) => existing?.metadata.annotations?.[key] !== undefined,
  );
  const due = dueKey === undefined ? undefined : existing?.metadata.annotations?.[dueKey];
  if (
    existing?.data !== undefined &&
    isServing(existing, spec, now) &&
    !(due && Date.parse(due) <= now.getTime())
  ) {
    return { secret: secretOf(spec, existing.data, due ?? renewalTime(now)), isNew: false };
  }
  const pair = await createSelfSignedCertificate({
    organizations: ['Kserve Self Signed'],
    dnsNames: spec.dnsNames,
    ipAddresses: spec.ipAddresses,
    notBefore: now,
    validDays: validYears * yearDays,
  });
  const certificate = base64(pair.certPem);
  const data = { 'tls.crt': certificate, 'tls.key': base64(pair.keyPem), 'ca.crt': certificate };
  return { secret: secretOf(spec, data, renewalTime(now)), isNew: true };
}

function isServing(secret: Secret, spec: CertificateSpec, now: Date): boolean {
  const { 'tls.crt': certificate, 'tls.key': key } = secret.data ?? {};
  if (!certificate || !key) return false;
  const facts = readCertificate(Buffer.from(certificate, 'base64').toString('utf8'));
  if (facts === null || facts.notAfter <= now) return false;
  const names = new Set(facts.dnsNames);
  const addresses = new Set(facts.ipAddresses.map(canonicalAddress));
  return (
    spec.dnsNames.every((name) => names.has(name)) &&
    spec.ipAddresses.every((address) => addresses.has(canonicalAddress(address)))
  );
}

/** IPv6 addresses have several spellings; URLs have one. */
function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  return URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : address;
}

function secretOf(spec: CertificateSpec, data: Record<string, string>, due: string): KubeObject {
  const [written = ''] = spec.expirationAnnotations;
  const { metadata } = spec.secret;
  const secret = {
    ...spec.secret,
    apiVersion: apiVersionOf(resources.secrets),
    metadata: { ...metadata, annotations: { ...metadata.annotations, [written]: due } },
    data,
  };
  return secret;
}

function renewalTime(now: Date): string {
  return new Date(now.getTime() + renewalYears * yearDays * dayMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
