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
  readonly schedulerConfigMap: ObjectKey | undefined;
}

/** What else must be read before it can be said what a service consists of. `routes` are the referenced ones. */
export function requiredRefs(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  routes: readonly HTTPRoute[],
): RequiredRefs {
  const namespace = service.metadata.namespace ?? '';
  const { route, gateway, scheduler } = spec.router ?? {};
  const parents = [
    ...(gateway?.refs ?? []),
    ...(route?.http?.spec?.parentRefs ?? []),
    ...routes.flatMap((one) => one.spec.parentRefs ?? []),
  ];
  const account = spec.template?.serviceAccountName;
  const configMap = scheduler?.config?.ref?.name;
  return {
    gateways: parents.map((ref) => ({ namespace: ref.namespace || namespace, name: ref.name })),
    routes: (route?.http?.refs ?? []).map(({ name }) => ({ namespace, name })),
    serviceAccounts: account === undefined ? [] : [{ namespace, name: account }],
    schedulerConfigMap: configMap === undefined ? undefined : { namespace, name: configMap },
  };
}

/** Every object whose change must bring the service back, the missing ones included. */
export function referencesOf(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  refs: RequiredRefs,
  platform: PlatformConfig,
): string[] {
  const configMaps = refs.schedulerConfigMap === undefined ? [] : [refs.schedulerConfigMap];
  return [
    ...configReferences(service, spec, platform),
    ...refs.gateways.map((key) => referenceTo('gateway', key)),
    ...refs.routes.map((key) => referenceTo('httproute', key)),
    ...refs.serviceAccounts.map((key) => referenceTo('serviceaccount', key)),
    ...configMaps.map((key) => referenceTo('configmap', key)),
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
