import type { Gateway, HTTPRoute, Ingress } from '@weir/api/gateway';
import type { InferencePool } from '@weir/api/inference';
import { type KubeObject, keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { ConfigMap, Secret, ServiceAccount } from '@weir/api/workloads';
import type { PlatformConfig } from './config/platform-config.ts';
import type { Observed } from './desired/index.ts';
import { accountKeys, requiredRefs } from './required-refs.ts';

/** What is known of a service without a cluster. */
export interface DocumentedService {
  readonly service: LLMInferenceService;
  /** The composed spec. */
  readonly spec: LLMInferenceServiceSpec;
  readonly platform: PlatformConfig;
}

/**
 * The world around a service when there is no cluster: the documents beside it, and plain stand-ins for Gateways and
 * ServiceAccounts that the spec names and no document brings.
 */
export function observeDocuments(
  documents: readonly KubeObject[],
  { service, spec, platform }: DocumentedService,
): Observed {
  const find = <T extends KubeObject>(kind: string, keys: readonly ObjectKey[]): T[] => {
    const wanted = new Set(keys.map(keyText));
    return documents.filter((one) => one.kind === kind && wanted.has(keyText(keyOf(one)))) as T[];
  };
  const namespace = service.metadata.namespace ?? '';
  const routeKeys = (spec.router?.route?.http?.refs ?? []).map(({ name }) => ({ namespace, name }));
  const routes = find<HTTPRoute>('HTTPRoute', routeKeys);
  const accounts = withStandIns(
    find<ServiceAccount>('ServiceAccount', accountKeys(service, spec)),
    accountKeys(service, spec),
    standInAccount,
  );
  const refs = requiredRefs(service, spec, { routes, accounts }, platform);
  return {
    children: [],
    pods: [],
    gateways: withStandIns(find<Gateway>('Gateway', refs.gateways), refs.gateways, standInGateway),
    routes,
    gatewayServices: [],
    serviceAccounts: accounts,
    secrets: find<Secret>('Secret', refs.secrets).map(withData),
    caBundle: find<ConfigMap>('ConfigMap', refs.caBundle === undefined ? [] : [refs.caBundle])[0],
    pools: find<InferencePool>('InferencePool', refs.pools),
    ingresses: find<Ingress>('Ingress', refs.ingresses),
    groupPeers: peersIn(documents, service, spec),
    namesakes: [],
    missingKinds: [],
    schedulerConfigMap: find<ConfigMap>('ConfigMap', refs.schedulerConfigMaps)[0],
  };
}

/** A server moves plain texts among the others; of these only the keys and some settings are looked at. */
function withData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  // A server refuses values that are no texts, such as an unquoted `yes`; here they are what they look like.
  const texts = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text), 'utf8').toString('base64'),
  ]);
  return { ...rest, data: { ...secret.data, ...Object.fromEntries(texts) } };
}

/** What `observeDocuments` took for granted: objects that a cluster has to have for the same to come of it there. */
export function assumedObjects(
  documents: readonly KubeObject[],
  { gateways, serviceAccounts }: Observed,
): readonly KubeObject[] {
  const identity = (object: KubeObject): string => `${object.kind} ${keyText(keyOf(object))}`;
  const brought = new Set(documents.map(identity));
  // Every namespace has a default account.
  const accounts = serviceAccounts.filter(({ metadata }) => metadata.name !== 'default');
  return [...gateways, ...accounts].filter((object) => !brought.has(identity(object)));
}

/** Other services of the same group, as far as documents describe them. */
function peersIn(
  documents: readonly KubeObject[],
  { metadata }: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
): LLMInferenceService[] {
  const group = spec.router?.route?.group;
  const services = documents.filter(({ kind }) => kind === 'LLMInferenceService') as LLMInferenceService[];
  return services.filter(
    (peer) =>
      group !== undefined &&
      peer.spec?.router?.route?.group === group &&
      peer.metadata.namespace === metadata.namespace &&
      peer.metadata.name !== metadata.name,
  );
}

function withStandIns<T extends KubeObject>(
  found: readonly T[],
  keys: readonly ObjectKey[],
  standIn: (key: ObjectKey) => T,
): T[] {
  const present = new Set(found.map((object) => keyText(keyOf(object))));
  const absent = new Map(keys.map((key) => [keyText(key), key]));
  for (const key of present) absent.delete(key);
  return [...found, ...[...absent.values()].map(standIn)];
}

function standInGateway(metadata: ObjectKey): Gateway {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { ...metadata },
    spec: { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  };
}

function standInAccount(metadata: ObjectKey): ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata } };
}
