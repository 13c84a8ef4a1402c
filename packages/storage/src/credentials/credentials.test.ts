import type { Secret, ServiceAccount } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { type CredentialsConfig, credentialsOf } from './index.ts';

const config: CredentialsConfig = {
  s3: {
    accessKeyIdName: 'AWS_ACCESS_KEY_ID',
    secretAccessKeyName: 'AWS_SECRET_ACCESS_KEY',
    settings: { region: 'eu-1' },
  },
  gcsFileName: 'gcloud-application-credentials.json',
};

function secret(
  name: string,
  data: Readonly<Record<string, string>>,
  annotations: Record<string, string> = {},
): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, btoa(value)]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations },
    data: Object.fromEntries(encoded),
  };
}

function envOf(...secrets: Secret[]): unknown {
  return credentialsOf({ account: undefined, secrets, config }).env;
}

function ref(name: string, key: string, variable = key): object {
  return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
}

test('access keys come from the Secret, settings from its annotations, its data, then the platform', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
  const annotations = { 'serving.kserve.io/s3-usehttps': '0', 'serving.kserve.io/s3-endpoint': 'minio:9000' };
  expect(envOf(secret('s3', keys, annotations))).toEqual([
    ref('s3', 'AWS_ACCESS_KEY_ID'),
    ref('s3', 'AWS_SECRET_ACCESS_KEY'),
    { name: 'S3_USE_HTTPS', value: '0' },
    { name: 'S3_ENDPOINT', value: 'minio:9000' },
    { name: 'AWS_ENDPOINT_URL', value: 'http://minio:9000' },
    { name: 'AWS_DEFAULT_REGION', value: 'eu-1' },
  ]);
  const inData = { ...keys, AWS_S3_ENDPOINT: 'https://s3.example', AWS_REGION: 'us-2' };
  expect(envOf(secret('s3', inData))).toEqual(
    expect.arrayContaining([
      { name: 'S3_ENDPOINT', value: 'https://s3.example' },
      { name: 'AWS_ENDPOINT_URL', value: 'https://s3.example' },
      { name: 'AWS_DEFAULT_REGION', value: 'us-2' },
    ]),
  );
});

test('a role of the account needs no keys', () => {
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/reader' } },
  };
  expect(credentialsOf({ account, secrets: [], config }).env).toEqual([
    { name: 'AWS_DEFAULT_REGION', value: 'eu-1' },
  ]);
});

test('files are mounted into the initializer', () => {
  expect(
    credentialsOf({
      account: undefined,
      secrets: [secret('gcs', { 'gcloud-application-credentials.json': '{}' })],
      config,
    }),
  ).toEqual({
    env: [
      {
        name: 'GOOGLE_APPLICATION_CREDENTIALS',
        value: '/var/secrets/gcloud-application-credentials.json',
      },
    ],
    volumes: [{ name: 'user-gcp-sa', secret: { secretName: 'gcs' } }],
    volumeMounts: [{ name: 'user-gcp-sa', mountPath: '/var/secrets/', readOnly: true }],
  });
});

test.each([
  ['a hub token', secret('hf', { HF_TOKEN: 't' }), [ref('hf', 'HF_TOKEN')]],
  [
    'the conventional hub Secret',
    secret('hf-secret', { token: 't' }),
    [ref('hf-secret', 'token', 'HF_TOKEN')],
  ],
  ['somebody else’s token', secret('other', { token: 't' }), []],
  [
    'a managed identity',
    secret('az', { AZURE_CLIENT_ID: 'i', AZURE_TENANT_ID: 't' }),
    [ref('az', 'AZURE_TENANT_ID'), ref('az', 'AZURE_CLIENT_ID')],
  ],
  ['a storage key', secret('az', { AZURE_STORAGE_ACCESS_KEY: 'k' }), [ref('az', 'AZURE_STORAGE_ACCESS_KEY')]],
  [
    'headers for a host',
    secret('web', { 'https-host': 'models.example', headers: '{}' }),
    [ref('web', 'headers', 'models.example-headers')],
  ],
  ['a ModelScope token', secret('ms', { MODELSCOPE_API_TOKEN: 't' }), [ref('ms', 'MODELSCOPE_API_TOKEN')]],
  [
    'a name node',
    secret('hdfs', { HDFS_NAMENODE: 'n' }),
    [{ name: 'HDFS_SECRET_DIR', value: '/var/secrets/kserve-hdfscreds' }],
  ],
  ['an unknown Secret', secret('x', { password: 'p' }), []],
  ['a Secret without data', { ...secret('x', {}), data: undefined } as unknown as Secret, []],
])('%s', (_name, one, env) => {
  expect(envOf(one)).toEqual(env);
});

test('of two Secrets of a kind the first counts, and no value of either is repeated', () => {
  const env = envOf(secret('a', { HF_TOKEN: 'one-secret' }), secret('b', { HF_TOKEN: 'other-secret' }));
  expect(env).toEqual([ref('a', 'HF_TOKEN')]);
  expect(JSON.stringify(env)).not.toMatch(/one-secret|other-secret/);
});
