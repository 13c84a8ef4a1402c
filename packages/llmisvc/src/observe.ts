import { keyOf, keyText, type ObjectKey, type ResourceKind } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Informer } from '@weir/kube';
import type { ObservedConfig } from './config/combine.ts';
import { type PlatformConfig, type PlatformOptions, parsePlatformConfig } from './config/platform-config.ts';
import { platformConfigMapName } from './config/settings.ts';
import { globalCaBundleName } from './desired/ca-bundle.ts';
import type { Observed, ObservedChild } from './desired/index.ts';
import { authBindingName } from './desired/rbac.ts';
import type { RequiredRefs } from './required-refs.ts';
import {
  childInformers,
  gatewayIndex,
  groupIndex,
  groupKeys,
  modelIndex,
  modelKeys,
  ownerIndex,
  type Sources,
  serviceIndex,
} from './sources.ts';

/** Reads the platform's ConfigMap. */
export function observePlatform(sources: Sources, options: PlatformOptions): PlatformConfig {
  const key = { namespace: options.systemNamespace, name: platformConfigMapName };
  return parsePlatformConfig(options, sources.configMaps.get(key));
}

/** First round: what composition needs. */
export function observeConfig(
  sources: Sources,
  service: LLMInferenceService,
  platform: PlatformConfig,
): ObservedConfig {
  const namespaces = new Set([service.metadata.namespace ?? '', platform.systemNamespace]);
  return {
    service,
    platform,
    configs: [...namespaces].flatMap((namespace) => sources.configs.list(namespace)),
  };
}

/** Second round: what the merged spec points at, and what exists for the service already. */
export function observeWorld(sources: Sources, service: LLMInferenceService, refs: RequiredRefs): Observed {
  const gateways = findAll(sources.gateways, refs.gateways);
  return {
    children: observeChildren(sources, service),
    pods: sources.pods.byIndex(serviceIndex, keyText(serviceKey(service))),
    gateways,
    routes: findAll(sources.httpRoutes, refs.routes),
    pools: findAll(sources.inferencePools, refs.pools),
    ingresses: findAll(sources.ingresses, refs.ingresses),
    groupPeers: observePeers(sources, service),
    namesakes: observeNamesakes(sources, service),
    missingKinds: missingKinds(sources),
    gatewayServices: gateways.flatMap((gateway) =>
      sources.kubeServices.byIndex(gatewayIndex, keyText(keyOf(gateway))),
    ),
    serviceAccounts: findAll(sources.serviceAccounts, refs.serviceAccounts),
    secrets: findAll(sources.secrets, refs.secrets),
    caBundle: refs.caBundle === undefined ? undefined : sources.configMaps.get(refs.caBundle),
    schedulerConfigMap: findAll(sources.configMaps, refs.schedulerConfigMaps)[0],
  };
}

/** Everything that the service controls. */
export function observeOwned(
  sources: Sources,
  { metadata: { uid = '' } }: LLMInferenceService,
): ObservedChild[] {
  return childInformers(sources).flatMap((informer) =>
    informer.byIndex(ownerIndex, uid).map((object) => ({ kind: informer.kind, object })),
  );
}

/** Everything that the service controls, and what cannot be owned: a cluster-scoped and a shared object. */
function observeChildren(sources: Sources, service: LLMInferenceService): ObservedChild[] {
  const { name, namespace } = serviceKey(service);
  const bindings = sources.clusterRoleBindings;
  const binding = bindings.get({ namespace: '', name: authBindingName(namespace, name) });
  const bundle = sources.configMaps.get({ namespace, name: globalCaBundleName });
  return [
    ...observeOwned(sources, service),
    ...(binding === undefined ? [] : [{ kind: bindings.kind, object: binding }]),
    ...(bundle === undefined ? [] : [{ kind: sources.configMaps.kind, object: bundle, isShared: true }]),
  ];
}

function observePeers(sources: Sources, service: LLMInferenceService): LLMInferenceService[] {
  const peers = groupKeys(service).flatMap((key) => sources.services.byIndex(groupIndex, key));
  return peers.filter(({ metadata }) => metadata.name !== service.metadata.name);
}

function observeNamesakes(sources: Sources, service: LLMInferenceService): string[] {
  const group = service.spec?.router?.route?.group;
  const names = modelKeys(service)
    .flatMap((key) => sources.services.byIndex(modelIndex, key))
    .filter(({ metadata, spec }) => {
      const isSelf = metadata.name === service.metadata.name;
      const isPeer = group !== undefined && spec?.router?.route?.group === group;
      return !isSelf && !isPeer && metadata.deletionTimestamp === undefined;
    })
    .map(({ metadata }) => metadata.name ?? '');
  return [...new Set(names)].sort();
}

/** Kinds whose CRDs are missing; their informers find out when these appear. */
function missingKinds(sources: Sources): ResourceKind[] {
  const all = Object.values(sources) as readonly Informer[];
  return all.filter((informer) => !informer.isServed).map(({ kind }) => kind);
}

export function serviceKey(service: LLMInferenceService): ObjectKey {
  return { namespace: service.metadata.namespace ?? '', name: service.metadata.name ?? '' };
}

export function findAll<T extends { metadata: object }>(
  informer: { get(key: ObjectKey): T | undefined } & Pick<Informer, 'hasSynced'>,
  keys: readonly ObjectKey[],
): T[] {
  const unique = new Map(keys.map((key) => [keyText(key), key]));
  return [...unique.values()].flatMap((key) => informer.get(key) ?? []);
}
