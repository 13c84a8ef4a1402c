import type { HTTPRoute } from '@weir/api/gateway';
import type { ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { PlatformConfig } from './config/platform-config.ts';
import { presetNames } from './config/presets.ts';
import { referenceTo } from './references.ts';

/** Objects that a merged spec points at. */
export interface RequiredRefs {
  readonly gateways: readonly ObjectKey[];
  readonly routes: readonly ObjectKey[];
  readonly serviceAccounts: readonly ObjectKey[];
  /** The pool of `scheduler.pool.ref`. */
  readonly pools: readonly ObjectKey[];
  readonly ingresses: readonly ObjectKey[];
  /** Where the picker's configuration may be; the first that exists counts. */
  readonly schedulerConfigMaps: readonly ObjectKey[];
}

/** ConfigMaps so called may be kept once, in the system namespace. */
const sharedConfigPrefix = 'config-scheduler-';

/** What else must be read before it can be said what a service consists of. `routes` are the referenced ones. */
export function requiredRefs(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  routes: readonly HTTPRoute[],
  platform: Pick<PlatformConfig, 'systemNamespace'>,
): RequiredRefs {
  const namespace = service.metadata.namespace ?? '';
  const { route, gateway, scheduler, ingress } = spec.router ?? {};
  const parents = [
    ...(gateway?.refs ?? []),
    ...(route?.http?.spec?.parentRefs ?? []),
    ...routes.flatMap((one) => one.spec.parentRefs ?? []),
  ];
  const account = spec.template?.serviceAccountName;
  const pool = scheduler?.pool?.ref?.name;
  const configMap = scheduler?.config?.ref?.name;
  const configNamespaces = configMap?.startsWith(sharedConfigPrefix)
    ? [namespace, platform.systemNamespace]
    : [namespace];
  return {
    gateways: parents.map((ref) => ({ namespace: ref.namespace || namespace, name: ref.name })),
    routes: (route?.http?.refs ?? []).map(({ name }) => ({ namespace, name })),
    serviceAccounts: account === undefined ? [] : [{ namespace, name: account }],
    pools: pool === undefined ? [] : [{ namespace, name: pool }],
    ingresses: (ingress?.refs ?? []).map((ref) => ({ namespace: ref.namespace || namespace, name: ref.name })),
    schedulerConfigMaps:
      configMap === undefined ? [] : configNamespaces.map((one) => ({ namespace: one, name: configMap })),
  };
}

/** Every object whose change must bring the service back, the missing ones included. */
export function referencesOf(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  refs: RequiredRefs,
  platform: PlatformConfig,
): string[] {
  return [
    ...configReferences(service, spec, platform),
    ...refs.gateways.map((key) => referenceTo('gateway', key)),
    ...refs.routes.map((key) => referenceTo('httproute', key)),
    ...refs.serviceAccounts.map((key) => referenceTo('serviceaccount', key)),
    ...refs.pools.map((key) => referenceTo('inferencepool', key)),
    ...refs.ingresses.map((key) => referenceTo('ingress', key)),
    ...refs.schedulerConfigMaps.map((key) => referenceTo('configmap', key)),
  ];
}

/** A config is looked for in two namespaces, so a new one in either may change the result. */
export function configReferences(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  platform: PlatformConfig,
): string[] {
  const pins = service.status?.annotations ?? {};
  const names = [
    ...presetNames(spec, platform.configPrefix, pins),
    ...(service.spec?.baseRefs ?? []).map(({ name }) => name),
  ];
  const namespaces = [service.metadata.namespace ?? '', platform.systemNamespace];
  return [...new Set(names)].flatMap((name) =>
    [...new Set(namespaces)].map((namespace) => referenceTo('config', { namespace, name })),
  );
}
