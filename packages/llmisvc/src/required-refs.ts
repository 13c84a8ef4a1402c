import type { HTTPRoute } from '@weir/api/gateway';
import type { ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { ServiceAccount } from '@weir/api/workloads';
import type { PlatformConfig } from './config/platform-config.ts';
import { presetNames } from './config/presets.ts';
import { globalCaBundleName } from './desired/ca-bundle.ts';
import { requiredSecrets } from './desired/credentials.ts';
import { referenceTo } from './references.ts';

/** Objects that a merged spec points at. */
export interface RequiredRefs {
  readonly gateways: readonly ObjectKey[];
  readonly routes: readonly ObjectKey[];
  readonly serviceAccounts: readonly ObjectKey[];
  /** Secrets that may hold credentials for downloads. */
  readonly secrets: readonly ObjectKey[];
  readonly caBundle: ObjectKey | undefined;
  /** The pool of `scheduler.pool.ref`. */
  readonly pools: readonly ObjectKey[];
  readonly ingresses: readonly ObjectKey[];
  /** Where the picker's configuration may be; the first that exists counts. */
  readonly schedulerConfigMaps: readonly ObjectKey[];
}

/** ConfigMaps so called may be kept once, in the system namespace. */
const sharedConfigPrefix = 'config-scheduler-';

/** Objects of the first look, which name further ones. */
interface NamingObjects {
  /** Those of `route.http.refs`. */
  readonly routes: readonly HTTPRoute[];
  /** Those of `accountKeys`. */
  readonly accounts: readonly ServiceAccount[];
}

/** ServiceAccounts of the engine pods, and the one that generated accounts are made after. */
export function accountKeys(service: LLMInferenceService, spec: LLMInferenceServiceSpec): ObjectKey[] {
  const namespace = service.metadata.namespace ?? '';
  const { template, worker, prefill, router } = spec;
  const pods = [template, worker, prefill?.template, prefill?.worker, router?.scheduler?.template];
  const names = ['default', ...pods.flatMap((pod) => pod?.serviceAccountName || [])];
  return [...new Set(names)].map((name) => ({ namespace, name }));
}

/** What else must be read before it can be said what a service consists of. */
export function requiredRefs(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
  { routes, accounts }: NamingObjects,
  platform: PlatformConfig,
): RequiredRefs {
  const namespace = service.metadata.namespace ?? '';
  const { route, gateway, scheduler, ingress } = spec.router ?? {};
  const parents = [
    ...(gateway?.refs ?? []),
    ...(route?.http?.spec?.parentRefs ?? []),
    ...routes.flatMap((one) => one.spec.parentRefs ?? []),
  ];
  const secretNames = [undefined, ...accounts].flatMap((account) =>
    requiredSecrets({ service, platform }, account).map(({ name }) => name),
  );
  const bundle = platform.storage.caBundle;
  const pool = scheduler?.pool?.ref?.name;
  const configMap = scheduler?.config?.ref?.name;
  const configNamespaces = configMap?.startsWith(sharedConfigPrefix)
    ? [namespace, platform.systemNamespace]
    : [namespace];
  return {
    gateways: parents.map((ref) => ({ namespace: ref.namespace || namespace, name: ref.name })),
    routes: (route?.http?.refs ?? []).map(({ name }) => ({ namespace, name })),
    serviceAccounts: accountKeys(service, spec),
    secrets: [...new Set(secretNames)].map((name) => ({ namespace, name })),
    caBundle:
      bundle === undefined ? undefined : { namespace: platform.systemNamespace, name: bundle.configMapName },
    pools: pool === undefined ? [] : [{ namespace, name: pool }],
    ingresses: (ingress?.refs ?? []).map((ref) => ({
      namespace: ref.namespace || namespace,
      name: ref.name,
    })),
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
  const pins = platform.pinsConfigNames ? (service.status?.annotations ?? {}) : {};
  return [
    ...configReferences(service, presetNames(spec, platform.configPrefix, pins), platform),
    ...refs.gateways.map((key) => referenceTo('gateway', key)),
    ...refs.routes.map((key) => referenceTo('httproute', key)),
    ...refs.serviceAccounts.map((key) => referenceTo('serviceaccount', key)),
    ...refs.secrets.map((key) => referenceTo('secret', key)),
    ...caBundleReferences(service, refs),
    ...refs.pools.map((key) => referenceTo('inferencepool', key)),
    ...refs.ingresses.map((key) => referenceTo('ingress', key)),
    ...refs.schedulerConfigMaps.map((key) => referenceTo('configmap', key)),
  ];
}

/** The platform's bundle and its copy beside the service. */
function caBundleReferences(service: LLMInferenceService, { caBundle }: RequiredRefs): string[] {
  if (caBundle === undefined) return [];
  const copy = { namespace: service.metadata.namespace ?? '', name: globalCaBundleName };
  return [caBundle, copy].map((key) => referenceTo('configmap', key));
}

/** A config is looked for in two namespaces, so a new one in either may change the result. */
export function configReferences(
  service: LLMInferenceService,
  presets: readonly string[],
  platform: PlatformConfig,
): string[] {
  const names = [...presets, ...(service.spec?.baseRefs ?? []).map(({ name }) => name)];
  const namespaces = [service.metadata.namespace ?? '', platform.systemNamespace];
  return [...new Set(names)].flatMap((name) =>
    [...new Set(namespaces)].map((namespace) => referenceTo('config', { namespace, name })),
  );
}
