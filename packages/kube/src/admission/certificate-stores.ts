import { type KubeObject, type ObjectKey, resources } from '@weir/api/meta';
import type { Secret } from '@weir/api/workloads';
import type { Client } from '../client.ts';
import type { CertificateStore } from './keep-certificate.ts';
import type { ServingCertificate } from './serving-certificate.ts';

/** For a process that alone answers at its address: the certificate ends with it. */
export function memoryStore(): CertificateStore {
  let held: ServingCertificate | undefined;
  return {
    load: () => Promise.resolve(held),
    save: (certificate) => {
      held = certificate;
      return Promise.resolve();
    },
  };
}

/** For replicas behind one Service: they share one certificate, in a Secret. */
export function secretStore(
  client: Client,
  key: ObjectKey,
  labels: Readonly<Record<string, string>>,
): CertificateStore {
  let seen: Secret | undefined;
  return {
    async load() {
      seen = await client.find(resources.secrets, key);
      return seen === undefined ? undefined : readSecret(seen);
    },
    async save(certificate) {
      const secret = { ...secretOf(key, labels, certificate), metadata: metadataOf(seen, key, labels) };
      if (seen === undefined) await client.create<KubeObject>(resources.secrets, secret);
      else await client.update<KubeObject>(resources.secrets, secret);
    },
  };
}

/** With the resourceVersion that was read, so that of two writers the second is refused. */
function metadataOf(
  seen: Secret | undefined,
  key: ObjectKey,
  labels: Readonly<Record<string, string>>,
): KubeObject['metadata'] {
  return seen?.metadata ?? { ...key, labels: { ...labels } };
}

function secretOf(
  key: ObjectKey,
  labels: Readonly<Record<string, string>>,
  { pair, authority, caBundlePem }: ServingCertificate,
): Secret & KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(undefined, key, labels),
    type: 'kubernetes.io/tls',
    data: {
      'tls.crt': encode(pair.certPem),
      'tls.key': encode(pair.keyPem),
      'ca.crt': encode(caBundlePem),
      'ca.key': encode(authority.keyPem),
    },
  };
}

/** The present authority is the first of the bundle. Undefined when a part is missing, as in a Secret of others. */
function readSecret({ data }: Secret): ServingCertificate | undefined {
  const [certPem, keyPem, caBundlePem, authorityKeyPem] = ['tls.crt', 'tls.key', 'ca.crt', 'ca.key'].map(
    (name) => Buffer.from(data?.[name] ?? '', 'base64').toString('utf8'),
  );
  if (!certPem || !keyPem || !caBundlePem || !authorityKeyPem) return undefined;
  const [authorityPem] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(caBundlePem) ?? [];
  if (authorityPem === undefined) return undefined;
  return {
    pair: { certPem, keyPem },
    caBundlePem,
    authority: { certPem: `${authorityPem}\n`, keyPem: authorityKeyPem },
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
