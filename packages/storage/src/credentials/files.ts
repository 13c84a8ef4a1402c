import type { CredentialsReader } from './index.ts';
import { hasKey } from './secret.ts';

/** The JSON file of a Google service account. */
export const googleFile: CredentialsReader = (secret, { gcsFileName }) => {
  if (!hasKey(secret, gcsFileName)) return null;
  const name = 'user-gcp-sa';
  const folder = '/var/secrets/';
  return {
    env: [{ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: `${folder}${gcsFileName}` }],
    volumes: [{ name, secret: { secretName: secret.metadata.name ?? '' } }],
    volumeMounts: [{ name, mountPath: folder, readOnly: true }],
  };
};

/** Name node, user, certificates or key tab of a Hadoop file system. */
export const hadoopFiles: CredentialsReader = (secret) => {
  if (!hasKey(secret, 'HDFS_NAMENODE')) return null;
  const name = 'hdfs-secrets';
  const folder = '/var/secrets/kserve-hdfscreds';
  return {
    env: [{ name: 'HDFS_SECRET_DIR', value: folder }],
    volumes: [{ name, secret: { secretName: secret.metadata.name ?? '' } }],
    volumeMounts: [{ name, mountPath: folder, readOnly: true }],
  };
};
