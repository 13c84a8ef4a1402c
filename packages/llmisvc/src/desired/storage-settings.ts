import type { Container, EnvVar, PodSpec, ServiceAccount, Volume, VolumeMount } from '@weir/api/workloads';
import {
  type AttachOptions,
  credentialsOf,
  type InitializerOptions,
  initializerName,
} from '@weir/storage/attach';
import { globalCaBundleName } from './ca-bundle.ts';
import { findSecret, requiredSecrets } from './credentials.ts';
import type { DesiredInput } from './input.ts';
import { modelUri } from './model-source.ts';

/** Whose downloads they are. */
interface Downloader {
  /** Its secrets hold the credentials. */
  readonly account: ServiceAccount | undefined;
  /** The pod with what the user says about the initializer. */
  readonly pod: PodSpec;
  /** The initializer as it runs now: an upgrade of the platform is no reason to restart pods. */
  readonly live: Container | undefined;
}

/** How the model is attached to the pods of a part: image, resources, credentials and trust of its download. */
export function attachSettings(
  input: DesiredInput,
  { account, pod, live }: Downloader,
): Pick<AttachOptions, 'uri' | 'allowLocalFiles' | 'oci' | 'initializer'> {
  const { service, spec, platform } = input;
  const { oci } = platform.storage;
  return {
    uri: modelUri(service, spec),
    allowLocalFiles: platform.allowLocalFiles,
    ...(oci === undefined ? {} : { oci }),
    initializer: { ...initializerSettings(input, account, pod), ...(live === undefined ? {} : { live }) },
  };
}

function initializerSettings(
  input: DesiredInput,
  account: ServiceAccount | undefined,
  { initContainers = [] }: PodSpec,
): InitializerOptions {
  const { image, cpuRequest, cpuLimit, memoryRequest, memoryLimit } = input.platform.storageInitializer;
  const secrets = requiredSecrets(input, account)
    .filter(({ origin }) => origin !== null || usesHub(input))
    .flatMap((required) => findSecret(input, required) ?? []);
  const { credentials: config } = input.platform.storage;
  const { env, volumes, volumeMounts } = credentialsOf({ account, secrets, config });
  const own = initContainers.find(({ name }) => name === initializerName)?.env ?? [];
  const trust = caBundleOf(input, [...own, ...env]);
  return {
    image,
    resources: {
      requests: { cpu: cpuRequest, memory: memoryRequest },
      limits: { cpu: cpuLimit, memory: memoryLimit },
    },
    env: [...env, ...confidentialEnv(input), ...trust.env],
    volumes: [...volumes, ...trust.volumes],
    volumeMounts: [...volumeMounts, ...trust.volumeMounts],
  };
}

/** The Secret that is used by convention holds a token of the hub. */
function usesHub({ spec }: DesiredInput): boolean {
  const { uri, lora } = spec.model ?? {};
  return [{ uri }, ...(lora?.adapters ?? [])].some((one) => one.uri?.startsWith('hf://') === true);
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

/** The bundle that the user or the store names, else the platform's, for every download. */
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
