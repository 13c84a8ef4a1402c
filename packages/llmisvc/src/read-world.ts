import { gatewayResources, ingresses } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import {
  type KubeObject,
  keyOf,
  keyText,
  type ObjectKey,
  type ResourceKind,
  resources,
} from '@weir/api/meta';
import {
  convert,
  type LLMInferenceService,
  nameLabel,
  partOf,
  partOfLabel,
  servingResources,
} from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { type Client, isKubeError, isOwnedBy } from '@weir/kube';
import type { Observed, ObservedChild } from './desired/index.ts';
import { authBindingName } from './desired/rbac.ts';
import type { DocumentedService } from './observe-documents.ts';
import { accountKeys, requiredRefs } from './required-refs.ts';
import { withoutValues } from './secret-values.ts';
import { childInformers, createSources, groupKeys } from './sources.ts';

/**
 * What decides over the children of a service, read once from a cluster: the objects that the spec names and those
 * that the service owns. `documents` are about to be applied, so they take the place of objects that exist.
 */
export async function readWorld(
  client: Client,
  { service, spec, platform }: DocumentedService,
  documents: readonly KubeObject[],
): Promise<Observed> {
  const read = createReader(client, documents);
  const { namespace } = keyOf(service);
  const routeKeys = (spec.router?.route?.http?.refs ?? []).map(({ name }) => ({ namespace, name }));
  const [routes, serviceAccounts] = await Promise.all([
    read(gatewayResources.httpRoutes, routeKeys),
    read(resources.serviceAccounts, accountKeys(service, spec)),
  ]);
  const refs = requiredRefs(service, spec, { routes, accounts: serviceAccounts }, platform);
  const [gateways, secrets, bundles, pools, adopted, configMaps, groupPeers, own] = await Promise.all([
    read(gatewayResources.gateways, refs.gateways),
    read(resources.secrets, refs.secrets),
    read(resources.configMaps, refs.caBundle === undefined ? [] : [refs.caBundle]),
    read(inferencePoolV1, refs.pools),
    read(ingresses, refs.ingresses),
    read(resources.configMaps, refs.schedulerConfigMaps),
    readPeers(client, service, documents),
    readOwn(client, service),
  ]);
  return {
    ...own,
    // These decide over the status alone.
    pods: [],
    gatewayServices: [],
    namesakes: [],
    gateways,
    routes,
    serviceAccounts,
    secrets: secrets.map(withoutValues),
    caBundle: bundles[0],
    pools,
    ingresses: adopted,
    groupPeers,
    schedulerConfigMap: configMaps[0],
  };
}

type Reader = <T extends KubeObject>(kind: ResourceKind<T>, keys: readonly ObjectKey[]) => Promise<T[]>;

function createReader(client: Client, documents: readonly KubeObject[]): Reader {
  return async <T extends KubeObject>(kind: ResourceKind<T>, keys: readonly ObjectKey[]): Promise<T[]> => {
    const unique = new Map(keys.map((key) => [keyText(key), key]));
    const found = await Promise.all(
      [...unique].map(([text, key]) => {
        const document = documents.find((one) => one.kind === kind.kind && keyText(keyOf(one)) === text);
        return (document as T | undefined) ?? client.find(kind, key);
      }),
    );
    return found.filter((one) => one !== undefined);
  };
}

/** The children of a service that exists, and which kinds of children the server does not serve at all. */
async function readOwn(
  client: Client,
  service: LLMInferenceService,
): Promise<Pick<Observed, 'children' | 'missingKinds'>> {
  const { namespace, name } = keyOf(service);
  const labelSelector = `${partOfLabel}=${partOf},${nameLabel}=${name}`;
  // Never started: only asked for the kinds that the controller looks after.
  const kinds = childInformers(createSources(client, silentLogger)).map(({ kind }) => kind);
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      try {
        const { items } = await client.list(kind, { namespace, labelSelector });
        const owned = items.filter((object) => isOwnedBy(object, service));
        return { missing: [], children: owned.map((object): ObservedChild => ({ kind, object })) };
      } catch (error) {
        if (!isKubeError(error, 'NotFound')) throw error;
        return { missing: [kind], children: [] };
      }
    }),
  );
  const bindings = resources.clusterRoleBindings as ResourceKind;
  const binding = await client.find(bindings, { namespace: '', name: authBindingName(namespace, name) });
  return {
    children: [
      ...lists.flatMap(({ children }) => children),
      ...(binding === undefined ? [] : [{ kind: bindings, object: binding }]),
    ],
    missingKinds: lists.flatMap(({ missing }) => missing),
  };
}

/** The other services of the routing group, as they will be. */
async function readPeers(
  client: Client,
  service: LLMInferenceService,
  documents: readonly KubeObject[],
): Promise<LLMInferenceService[]> {
  const [group] = groupKeys(service);
  if (group === undefined) return [];
  const { namespace, name } = keyOf(service);
  const { services } = servingResources;
  const { items } = await client.list(services, { namespace });
  const peers = new Map(items.map((peer) => [keyText(keyOf(peer)), peer]));
  for (const document of documents.filter(({ kind }) => kind === services.kind)) {
    const key = keyText(keyOf(document));
    const given = convert(document, services.version) as LLMInferenceService;
    // Whether it takes traffic is for its controller to say.
    const { status } = peers.get(key) ?? given;
    peers.set(key, status === undefined ? given : { ...given, status });
  }
  return [...peers.values()].filter(
    (peer) => keyOf(peer).name !== name && groupKeys(peer).some((key) => key === group),
  );
}
