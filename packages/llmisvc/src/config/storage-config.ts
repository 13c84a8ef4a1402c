import type { CredentialsConfig, OciOptions } from '@weir/storage/attach';
import type { Section } from './settings.ts';

/** How models get into pods, besides the initializer's image and resources. */
export interface StorageConfig {
  /** Undefined: models in images are refused. */
  readonly oci: OciOptions | undefined;
  readonly credentials: CredentialsConfig;
  /** A ConfigMap of the system namespace that downloads trust. */
  readonly caBundle: { readonly configMapName: string; readonly mountPath: string } | undefined;
}

/** Key that the CA bundle has in its ConfigMap. */
export const caBundleKey = 'cabundle.crt';

/** From the keys `storageInitializer` and `credentials` of the platform ConfigMap. */
export function parseStorageConfig(storage: Section, credentials: Section): StorageConfig {
  const configMapName = storage.text('caBundleConfigMapName', '');
  const mountPath = storage.text('caBundleVolumeMountPath', '/etc/ssl/custom-certs');
  return {
    oci: parseOci(storage),
    credentials: parseCredentials(credentials),
    caBundle: configMapName === '' ? undefined : { configMapName, mountPath },
  };
}

function parseOci(storage: Section): OciOptions | undefined {
  const isEnabled = storage.flag('enableModelcar', true) || storage.flag('enableOciModelSupport', false);
  const mode = storage.text('ociModelMode', isEnabled ? 'modelcar' : '');
  if (mode === '') return undefined;
  return {
    mode: mode === 'native' ? 'native' : 'modelcar',
    cpu: storage.quantity('cpuModelcar', '10m'),
    memory: storage.quantity('memoryModelcar', '15Mi'),
    runAsUser: storage.number('uidModelcar', 1010),
  };
}

/** KServe's names of the settings, by the last part of the annotation that overrides them. */
const s3Settings: Readonly<Record<string, string>> = {
  endpoint: 's3Endpoint',
  usehttps: 's3UseHttps',
  region: 's3Region',
  verifyssl: 's3VerifySSL',
  usevirtualbucket: 's3UseVirtualBucket',
  useaccelerate: 's3UseAccelerate',
  useanoncredential: 's3UseAnonymousCredential',
  cabundle: 's3CABundle',
  'cabundle-configmap': 's3CABundleConfigMap',
};

function parseCredentials(credentials: Section): CredentialsConfig {
  const s3 = credentials.section('s3');
  const settings = Object.entries(s3Settings)
    .map(([annotation, key]) => [annotation, s3.text(key, '')] as const)
    .filter(([, value]) => value !== '');
  return {
    s3: {
      accessKeyIdName: s3.text('s3AccessKeyIDName', 'awsAccessKeyID'),
      secretAccessKeyName: s3.text('s3SecretAccessKeyName', 'awsSecretAccessKey'),
      settings: Object.fromEntries(settings),
    },
    gcsFileName: credentials
      .section('gcs')
      .text('gcsCredentialFileName', 'gcloud-application-credentials.json'),
  };
}
