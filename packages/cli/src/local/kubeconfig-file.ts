import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import type { CertificatePair } from '@weir/kube/certificates';
import { stringify } from 'yaml';

/** Writes a kubeconfig (mode 0600) whose only context, `weir`, leads to a local API server. */
export function writeKubeconfig(
  file: string,
  server: string,
  caPem: string,
  user: string,
  client: CertificatePair,
): void {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'weir',
    clusters: [{ name: 'weir', cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    contexts: [{ name: 'weir', context: { cluster: 'weir', user, namespace: 'default' } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) },
      },
    ],
  };
  writeFileSync(`${file}.part`, stringify(config), { mode: 0o600 });
  chmodSync(`${file}.part`, 0o600);
  renameSync(`${file}.part`, file);
}
