import { type KubeObject, resources } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import { type Client, isKubeError } from '@weir/kube';
import { installRoot } from '../context.ts';
import { systemNamespace } from './settings.ts';
import { loadPresets } from './shipped.ts';

/** GatewayClasses of other implementations that manifests name; the built-in data plane serves them all (features C3). */
const gatewayClasses = [
  'weir',
  'istio',
  'envoy',
  'kgateway',
  'gke-l7-regional-external-managed',
  'openshift-default',
];

/** Objects that every local platform has: namespaces, gateway classes, the default Gateway and the presets. */
function platformObjects(
  configPrefix: string,
): { readonly kind: keyof typeof resources; readonly object: KubeObject }[] {
  return [
    ...['default', 'kube-system', systemNamespace].map((name) => ({
      kind: 'namespaces' as const,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    })),
    ...gatewayClasses.map((name) => ({
      kind: 'gatewayClasses' as const,
      object: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GatewayClass',
        metadata: { name },
        spec: { controllerName: 'weir.dev/gateway' },
      },
    })),
    { kind: 'gateways', object: defaultGateway() },
    ...loadPresets(installRoot(), systemNamespace).map((object) => ({
      kind: 'llmInferenceServiceConfigs' as const,
      object: withPrefix(object, configPrefix),
    })),
  ];
}

/** Presets ship under KServe's prefix. */
function withPrefix(preset: KubeObject, configPrefix: string): KubeObject {
  const { name = '' } = preset.metadata;
  return { ...preset, metadata: { ...preset.metadata, name: name.replace(/^kserve-/, configPrefix) } };
}

function defaultGateway(): KubeObject {
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'kserve-ingress-gateway', namespace: systemNamespace },
    spec: {
      gatewayClassName: 'weir',
      listeners: [
        { name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } },
      ],
    },
  };
  return gateway;
}

/**
 * Applies the platform's objects. What a user changed under another field manager stays as it is; an object that the
 * server refuses is reported and stops nothing else.
 */
export async function applyPlatformObjects(client: Client, configPrefix: string, log: Logger): Promise<void> {
  for (const { kind, object } of platformObjects(configPrefix)) {
    const resource = resources[kind] as {
      version: string;
      group: string;
      kind: string;
      plural: string;
      namespaced: boolean;
    };
    // Presets are written in the version of their file.
    const version = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
    try {
      await client.apply({ ...resource, version }, object, { force: false, fieldManager: 'weir-platform' });
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (error.reason === 'Conflict') continue;
      log.error('platform object refused', {
        kind: object.kind,
        name: object.metadata.name,
        reason: error.message,
      });
    }
  }
}
