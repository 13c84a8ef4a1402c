import type { ValidationLevel } from '@weir/api/serving';
import type { ConfigMap } from '@weir/api/workloads';
import { type AutoscalingConfig, parseAutoscalingConfig } from './autoscaling-config.ts';
import { PlatformConfigError, parseSection, type Section } from './settings.ts';
import { parseStorageConfig, type StorageConfig } from './storage-config.ts';

/** What the process is told when it starts. */
export interface PlatformOptions {
  readonly systemNamespace: string;
  /** Suffix of in-cluster host names; default `cluster.local`. */
  readonly clusterDomain?: string;
  /** In front of the well-known config names; default `kserve-`. */
  readonly configPrefix?: string;
  /** Whether a service keeps the names of the presets that it was first composed with; default true. */
  readonly pinsConfigNames?: boolean;
  /** Replaces `*` in listener host names; default `inference`. */
  readonly wildcardHostname?: string;
  /**
   * Whether `file://` models may be read from the disk of the machine that runs the pods; default what the platform
   * ConfigMap says in `storageInitializer.allowHostPath`, else false.
   */
  readonly allowLocalFiles?: boolean;
  /** How Weir's own rules count for services that do not say it themselves; default `default`. */
  readonly validation?: ValidationLevel;
  /** Minor version of the API server, as far as it tells. */
  readonly kubernetesMinor?: number;
}

/** The platform's settings: options of the process and the ConfigMap `inferenceservice-config`, parsed once. */
export interface PlatformConfig {
  readonly systemNamespace: string;
  readonly clusterDomain: string;
  readonly configPrefix: string;
  readonly pinsConfigNames: boolean;
  readonly wildcardHostname: string;
  readonly allowLocalFiles: boolean;
  readonly validation: ValidationLevel;
  readonly kubernetesMinor: number | undefined;
  readonly ingressGateway: { readonly namespace: string; readonly name: string };
  readonly urlScheme: string;
  /** Class of the Ingresses that are made; absent: the cluster's default. */
  readonly ingressClassName: string | undefined;
  readonly autoscaling: AutoscalingConfig;
  readonly enableTLS: boolean;
  readonly modelBasedRoutingHeaderName: string;
  readonly modelBasedRoutingMode: 'enabled' | 'forced' | 'disabled';
  readonly storageInitializer: StorageInitializerConfig;
  readonly storage: StorageConfig;
  /** First: the key written on certificates; all are read. */
  readonly expirationAnnotations: readonly string[];
  /** Annotation on a service that names a Secret with storage credentials. */
  readonly storageSecretNameAnnotation: string;
}

interface StorageInitializerConfig {
  readonly image: string;
  readonly cpuRequest: string;
  readonly cpuLimit: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
}

/** Reads the platform ConfigMap; an absent one gives KServe's defaults. Keys for other controllers are left alone. */
export function parsePlatformConfig(
  options: PlatformOptions,
  configMap: ConfigMap | undefined,
): PlatformConfig {
  const section = (key: string): Section => parseSection(configMap?.data?.[key], key);
  const ingress = section('ingress');
  const storage = section('storageInitializer');
  const credentials = section('credentials');
  const annotations = section('scheduler').texts('expirationAnnotations');
  const { systemNamespace } = options;
  return {
    systemNamespace,
    clusterDomain: options.clusterDomain ?? 'cluster.local',
    configPrefix: options.configPrefix ?? 'kserve-',
    pinsConfigNames: options.pinsConfigNames ?? true,
    wildcardHostname: options.wildcardHostname ?? 'inference',
    allowLocalFiles: options.allowLocalFiles ?? storage.flag('allowHostPath', false),
    validation: options.validation ?? 'default',
    kubernetesMinor: options.kubernetesMinor,
    ingressGateway: parseGateway(
      ingress.text('kserveIngressGateway', 'kserve/kserve-ingress-gateway'),
      systemNamespace,
    ),
    urlScheme: ingress.text('urlScheme', 'http'),
    ingressClassName: ingress.text('className', ingress.text('ingressClassName', '')) || undefined,
    autoscaling: parseAutoscalingConfig(section('autoscaling-wva-controller-config')),
    enableTLS: ingress.flag('enableLLMInferenceServiceTLS', false),
    modelBasedRoutingHeaderName: ingress.text('modelBasedRoutingHeaderName', 'X-Gateway-Model-Name'),
    modelBasedRoutingMode: parseMode(ingress.text('modelBasedRoutingMode', '')),
    storageInitializer: {
      image: storage.text('image', 'kserve/storage-initializer:latest'),
      cpuRequest: storage.quantity('cpuRequest', '100m'),
      cpuLimit: storage.quantity('cpuLimit', '1'),
      memoryRequest: storage.quantity('memoryRequest', '100Mi'),
      memoryLimit: storage.quantity('memoryLimit', '1Gi'),
    },
    storage: parseStorageConfig(storage, credentials),
    expirationAnnotations: annotations.length > 0 ? annotations : ['certificates.kserve.io/expiration'],
    storageSecretNameAnnotation: credentials.text(
      'storageSecretNameAnnotation',
      'serving.kserve.io/storageSecretName',
    ),
  };
}

/** Whether services use models that the nodes hold already. */
export function enablesLocalModels(configMap: ConfigMap | undefined): boolean {
  return parseSection(configMap?.data?.localModel, 'localModel').flag('enabled', false);
}

function parseGateway(value: string, systemNamespace: string): { namespace: string; name: string } {
  const parts = value.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2 || parts.some((part) => part === '')) {
    throw new PlatformConfigError('', `kserveIngressGateway "${value}" is not namespace/name`);
  }
  return second === undefined
    ? { namespace: systemNamespace, name: first }
    : { namespace: first, name: second };
}

function parseMode(value: string): PlatformConfig['modelBasedRoutingMode'] {
  const mode = value.toLowerCase();
  return mode === 'forced' || mode === 'disabled' ? mode : 'enabled';
}
