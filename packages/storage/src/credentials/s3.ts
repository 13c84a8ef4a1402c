import type { EnvVar, Secret, ServiceAccount } from '@weir/api/workloads';
import type { CredentialsReader } from './index.ts';
import { fromSecret, hasKey, settingOf } from './secret.ts';

export interface S3Config {
  /** Keys of the Secret. */
  readonly accessKeyIdName: string;
  readonly secretAccessKeyName: string;
  /** By the last part of the annotation, for Secrets that do not say. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Setting {
  /** `serving.kserve.io/s3-<annotation>`, and the key in the platform's settings. */
  readonly annotation: string;
  readonly env: string;
  /** Keys of a Secret's data that say the same. */
  readonly keys: readonly string[];
}

const settings: readonly Setting[] = [
  { annotation: 'usehttps', env: 'S3_USE_HTTPS', keys: ['S3_USE_HTTPS'] },
  { annotation: 'endpoint', env: 'S3_ENDPOINT', keys: ['S3_ENDPOINT', 'AWS_S3_ENDPOINT'] },
  { annotation: 'verifyssl', env: 'S3_VERIFY_SSL', keys: ['S3_VERIFY_SSL'] },
  { annotation: 'useanoncredential', env: 'awsAnonymousCredential', keys: ['awsAnonymousCredential'] },
  { annotation: 'region', env: 'AWS_DEFAULT_REGION', keys: ['AWS_DEFAULT_REGION', 'AWS_REGION'] },
  { annotation: 'usevirtualbucket', env: 'S3_USER_VIRTUAL_BUCKET', keys: ['S3_USER_VIRTUAL_BUCKET'] },
  { annotation: 'useaccelerate', env: 'S3_USE_ACCELERATE', keys: ['S3_USE_ACCELERATE'] },
  { annotation: 'cabundle', env: 'AWS_CA_BUNDLE', keys: ['AWS_CA_BUNDLE'] },
  {
    annotation: 'cabundle-configmap',
    env: 'AWS_CA_BUNDLE_CONFIGMAP',
    keys: ['AWS_CA_BUNDLE_CONFIGMAP'],
  },
];

/** Keys of Secrets whose values are needed to build a pod; none of them is a secret. */
export const secretSettingKeys: readonly string[] = ['https-host', ...settings.flatMap(({ keys }) => keys)];

/** A Secret with access keys, and how to reach the store. */
export const s3Env: CredentialsReader = (secret, { s3 }) => {
  if (!hasKey(secret, s3.secretAccessKeyName)) return null;
  return {
    env: [
      fromSecret(secret, 'AWS_ACCESS_KEY_ID', s3.accessKeyIdName),
      fromSecret(secret, 'AWS_SECRET_ACCESS_KEY', s3.secretAccessKeyName),
      ...settingsEnv(secret.metadata.annotations, s3, secret),
    ],
  };
};

/** A role of the cloud is bound to the account: no keys, only how to reach the store. */
export function s3AccountEnv(account: ServiceAccount | undefined, s3: S3Config): EnvVar[] {
  const annotations = account?.metadata.annotations;
  return annotations?.['eks.amazonaws.com/role-arn'] ? settingsEnv(annotations, s3) : [];
}

/** Each setting from the annotation, else the Secret's data, else the platform. */
function settingsEnv(
  annotations: Readonly<Record<string, string>> | undefined,
  { settings: platform }: S3Config,
  secret?: Secret,
): EnvVar[] {
  const values = settings.flatMap(({ annotation, env, keys }) => {
    const key = secret === undefined ? undefined : keys.find((one) => hasKey(secret, one));
    const ofSecret = secret === undefined || key === undefined ? undefined : settingOf(secret, key);
    const value = annotations?.[`serving.kserve.io/s3-${annotation}`] ?? ofSecret ?? platform[annotation];
    return value === undefined || value === '' ? [] : [{ name: env, value }];
  });
  const valueNamed = (name: string): string | undefined => values.find((one) => one.name === name)?.value;
  const endpoint = valueNamed('S3_ENDPOINT');
  if (endpoint === undefined) return values;
  const url = endpoint.includes('://')
    ? endpoint
    : `${valueNamed('S3_USE_HTTPS') === '0' ? 'http' : 'https'}://${endpoint}`;
  return values.flatMap((one) =>
    one.name === 'S3_ENDPOINT' ? [one, { name: 'AWS_ENDPOINT_URL', value: url }] : [one],
  );
}
