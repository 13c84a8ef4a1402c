import type { CredentialsConfig, OciOptions } from '@weir/storage/attach';
import { quantityOf, type Section, textOf } from './settings.ts';

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
  const configMapName = textOf(storage.caBundleConfigMapName, '');
  const mountPath = textOf(storage.caBundleVolumeMountPath, '/etc/ssl/custom-certs');
  return {
    oci: parseOci(storage),
    credentials: parseCredentials(credentials),
    caBundle: configMapName === '' ? undefined : { configMapName, mountPath },
  };
}

function parseOci(storage: Section): OciOptions | undefined {
  const isEnabled = storage.enableModelcar !== false || storage.enableOciModelSupport === true;
  const mode = textOf(storage.ociModelMode, isEnabled ? 'modelcar' : '');
  if (mode === '') return undefined;
  const runAsUser = Number(storage.uidModelcar ?? 1010);
  return {
    mode: mode === 'native' ? 'native' : 'modelcar',
    cpu: quantityOf(storage, 'cpuModelcar', '10m'),
    memory: quantityOf(storage, 'memoryModelcar', '15Mi'),
    ...(Number.isSafeInteger(runAsUser) ? { runAsUser } : {}),
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
  const s3 = sectionOf(credentials.s3);
  const settings = Object.entries(s3Settings)
    .map(([annotation, key]) => [annotation, textOf(s3[key], '')] as const)
    .filter(([, value]) => value !== '');
  return {
    s3: {
      accessKeyIdName: textOf(s3.s3AccessKeyIDName, 'awsAccessKeyID'),
      secretAccessKeyName: textOf(s3.s3SecretAccessKeyName, 'awsSecretAccessKey'),
      settings: Object.fromEntries(settings),
    },
    gcsFileName: textOf(
      sectionOf(credentials.gcs).gcsCredentialFileName,
      'gcloud-application-credentials.json',
    ),
  };
}

function sectionOf(value: unknown): Section {
  return typeof value === 'object' && value !== null ? (value as Section) : {};
}
