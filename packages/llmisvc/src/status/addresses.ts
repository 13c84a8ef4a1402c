import { gatewayResources } from '@weir/api/gateway';
import { childName } from '@weir/api/meta';
import {
  childSuffixes,
  enginePort,
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  type StatusAddress,
} from '@weir/api/serving';
import type { PlatformConfig } from '../config/platform-config.ts';
import type { DiscoveredUrl } from './routing-url.ts';
import { isInternalHost } from './urls.ts';

/** The URLs of a service: the one to use, and all of them. */
interface Addresses {
  readonly url: string | undefined;
  readonly addresses: StatusAddress[];
}

export function computeAddresses(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  platform: PlatformConfig,
  urls: readonly DiscoveredUrl[],
): Addresses {
  const { name = '', namespace = '' } = service.metadata;
  const adapters = (spec.model?.lora?.adapters ?? []).flatMap((adapter) => adapter.name ?? []);
  const plain = [spec.model?.name ?? name, ...adapters];
  if (spec.router?.route === undefined) return inClusterAddress(service, spec, platform);
  const qualified = plain.map((model) => `publishers/${namespace}/models/${model}`);
  const addresses = urls.map(({ url, host, path, gateway }): StatusAddress => {
    const isModelRouting = path === '/' || path === '';
    return {
      name: addressName(host, platform) + (isModelRouting ? '-model-routing' : ''),
      url,
      origin: {
        group: gatewayResources.gateways.group,
        kind: gatewayResources.gateways.kind,
        name: gateway.metadata.name ?? '',
        namespace: gateway.metadata.namespace ?? '',
      },
      models: (isModelRouting ? qualified : [...qualified, ...plain]).map((one) => ({ name: one })),
    };
  });
  return { url: preferredUrl(`/${namespace}/${name}`, urls, platform), addresses };
}

/** External before internal, the service's own path before others, then the platform's scheme. */
function preferredUrl(
  ownPath: string,
  urls: readonly DiscoveredUrl[],
  platform: PlatformConfig,
): string | undefined {
  const external = urls.filter(({ host }) => !isInternalHost(host, platform));
  const candidates = external.length > 0 ? external : urls;
  const schemed = candidates.filter(({ url }) => url.startsWith(`${platform.urlScheme}:`));
  const ordered = external.length > 0 ? candidates : [...schemed, ...candidates];
  const isOwn = ({ path }: DiscoveredUrl): boolean => path === ownPath || path.startsWith(`${ownPath}/`);
  return (ordered.find(isOwn) ?? ordered[0])?.url;
}

function addressName(host: string, platform: PlatformConfig): string {
  if (host.endsWith(`.${platform.clusterDomain}`)) return 'gateway-internal';
  return isInternalHost(host, platform) ? 'internal' : 'gateway-external';
}

/** Without a route the service is reached through its Service; the URL counts where a scheduler was asked for. */
function inClusterAddress(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  platform: PlatformConfig,
): Addresses {
  const { name = '', namespace = '' } = service.metadata;
  const host = `${childName(name, childSuffixes.workloadService)}.${namespace}.svc.${platform.clusterDomain}`;
  const url = `${platform.enableTLS ? 'https' : 'http'}://${host}:${enginePort}`;
  return { url: spec.router?.scheduler === undefined ? undefined : url, addresses: [{ url }] };
}
