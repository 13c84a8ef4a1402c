import type { EnvVar, Secret, ServiceAccount, Volume, VolumeMount } from '@weir/api/workloads';
import { azureEnv } from './azure.ts';
import { googleFile, hadoopFiles } from './files.ts';
import { type S3Config, s3AccountEnv, s3Env } from './s3.ts';
import { hubToken, modelScopeToken, webHeaders } from './tokens.ts';

/** Which keys of Secrets hold credentials, and settings for those that do not carry their own. */
export interface CredentialsConfig {
  readonly s3: S3Config;
  /** Key of the JSON file of a Google service account. */
  readonly gcsFileName: string;
}

export interface CredentialsSource {
  /** The account of the pods, for cloud identities that are bound to it. */
  readonly account: ServiceAccount | undefined;
  /** Secrets in the order in which they were named; only their keys and annotations matter. */
  readonly secrets: readonly Secret[];
  readonly config: CredentialsConfig;
}

/** What the initializer gets; the engine never does. */
export interface Credentials {
  readonly env: readonly EnvVar[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

/** Reads one kind of Secret; null when the Secret is not of it. */
export type CredentialsReader = (secret: Secret, config: CredentialsConfig) => Partial<Credentials> | null;

/** The first that knows a Secret decides. */
const readers: readonly CredentialsReader[] = [
  s3Env,
  googleFile,
  azureEnv,
  webHeaders,
  hadoopFiles,
  hubToken,
  modelScopeToken,
];

/** Environment and files with which the initializer reaches private models; unknown Secrets add nothing. */
export function credentialsOf({ account, secrets, config }: CredentialsSource): Credentials {
  const found = secrets.flatMap((secret) => {
    for (const read of readers) {
      const credentials = read(secret, config);
      if (credentials !== null) return [credentials];
    }
    return [];
  });
  const all = [{ env: s3AccountEnv(account, config.s3) }, ...found];
  return {
    env: firstNamed(all.flatMap(({ env = [] }) => env)),
    volumes: firstNamed(all.flatMap(({ volumes = [] }: Partial<Credentials>) => volumes)),
    volumeMounts: all.flatMap(({ volumeMounts = [] }: Partial<Credentials>) => volumeMounts),
  };
}

/** Two Secrets of one kind: the one named first is used. */
function firstNamed<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.filter((item, index) => items.findIndex(({ name }) => name === item.name) === index);
}
