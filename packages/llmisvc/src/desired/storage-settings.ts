import type { Container, EnvVar, PodSpec, Secret, Volume, VolumeMount } from '@weir/api/workloads';
import { credentialsOf, type InitializerOptions, initializerName } from '@weir/storage/attach';
import { credentialsAccount } from './accounts.ts';
import { globalCaBundleName } from './ca-bundle.ts';
import { findSecret, requiredSecrets } from './credentials.ts';
import type { DesiredInput } from './input.ts';
import type { PodTemplateContext } from './pod-template.ts';

/** The storage initializer of a workload's pods: image, resources, credentials and trust. */
export function initializerSettings(context: PodTemplateContext): InitializerOptions {
  const { image, cpuRequest, cpuLimit, memoryRequest, memoryLimit } = context.platform.storageInitializer;
  const account = credentialsAccount(context, context.workload);
  const secrets = requiredSecrets(context, account).map((required) => findSecret(context, required));
  const found = secrets.filter((secret): secret is Secret => secret !== undefined);
  const { credentials: config } = context.platform.storage;
  const { env, volumes, volumeMounts } = credentialsOf({ account, secrets: found, config });
  const trust = caBundleOf(context, env);
  const live = liveInitializer(context);
  return {
    image,
    resources: {
      requests: { cpu: cpuRequest, memory: memoryRequest },
      limits: { cpu: cpuLimit, memory: memoryLimit },
    },
    env: [...env, ...confidentialEnv(context), ...trust.env],
    volumes: [...volumes, ...trust.volumes],
    volumeMounts: [...volumeMounts, ...trust.volumeMounts],
    ...(live === undefined ? {} : { live }),
  };
}

function confidentialEnv({ spec }: DesiredInput): EnvVar[] {
  const confidential = spec.model?.confidential;
  if (confidential?.enabled !== true) return [];
  const { resourceId = '' } = confidential;
  return [
    { name: 'CONFIDENTIAL_ENABLED', value: 'true' },
    ...(resourceId === '' ? [] : [{ name: 'CONFIDENTIAL_RESOURCE_ID', value: resourceId }]),
  ];
}

/** The store's own bundle, else the platform's, for every download. */
function caBundleOf(
  { platform }: DesiredInput,
  env: readonly EnvVar[],
): { env: EnvVar[]; volumes: Volume[]; volumeMounts: VolumeMount[] } {
  const valueNamed = (name: string): string => env.find((one) => one.name === name)?.value ?? '';
  const { caBundle } = platform.storage;
  const ofStore = valueNamed('AWS_CA_BUNDLE_CONFIGMAP');
  if (ofStore === '' && caBundle === undefined) return { env: [], volumes: [], volumeMounts: [] };
  const name = ofStore || globalCaBundleName;
  const file = valueNamed('AWS_CA_BUNDLE');
  const mountPath = file.includes('/')
    ? file.slice(0, file.lastIndexOf('/'))
    : (caBundle?.mountPath ?? '/etc/ssl/custom-certs');
  return {
    env: [
      { name: 'CA_BUNDLE_CONFIGMAP_NAME', value: name },
      { name: 'CA_BUNDLE_VOLUME_MOUNT_POINT', value: mountPath },
    ],
    volumes: [{ name: 'cabundle-cert', configMap: { name } }],
    volumeMounts: [{ name: 'cabundle-cert', mountPath, readOnly: true }],
  };
}

interface LiveSpec {
  readonly template?: { readonly spec?: PodSpec };
  readonly leaderWorkerTemplate?: { readonly workerTemplate?: { readonly spec?: PodSpec } };
}

/** The initializer as it runs now: an upgrade of the platform is no reason to restart engines. */
function liveInitializer({ observed, workload }: PodTemplateContext): Container | undefined {
  const live = observed.children.find(
    ({ kind, object }) => kind.plural === workload.kind.plural && object.metadata.name === workload.name,
  );
  const spec = (live?.object as { readonly spec?: LiveSpec } | undefined)?.spec;
  const pod = spec?.template?.spec ?? spec?.leaderWorkerTemplate?.workerTemplate?.spec;
  return pod?.initContainers?.find(({ name }) => name === initializerName);
}
