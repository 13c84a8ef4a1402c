import { type Gateway, gatewayResources } from '@weir/api/gateway';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { type Client, isKubeError } from '@weir/kube';
import { allChildKinds } from './child-kinds.ts';
import type { Sample } from './sample-manifests.ts';

const kinds: readonly ResourceKind[] = [
  ...Object.values(resources),
  ...Object.values(servingResources),
  ...Object.values(gatewayResources),
  ...allChildKinds,
];

export function kindOf({ apiVersion, kind }: KubeObject): ResourceKind | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const known = kinds.find((one) => one.group === group && one.kind === kind);
  return known && { ...known, version };
}

/**
 * Creates what samples say, namespaces included; gives the reasons by names of samples that are refused. Several at a
 * time: a server has time for more than one.
 */
export async function createSamples(
  client: Client,
  samples: readonly Sample[],
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  const waiting = [...samples];
  const work = async (): Promise<void> => {
    for (let sample = waiting.shift(); sample !== undefined; sample = waiting.shift()) {
      const problem = await createSample(client, sample);
      if (problem !== null) refused.set(sample.name, problem);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return refused;
}

async function createSample(client: Client, { namespace, documents }: Sample): Promise<string | null> {
  const namespaces = [namespace, ...documents.map(({ metadata }) => metadata.namespace ?? namespace)];
  for (const name of new Set(namespaces)) await ensureNamespace(client, name);
  // What services look at comes first.
  const services = documents.filter(({ kind }) => kind === servingResources.services.kind);
  const others = documents.filter(({ kind }) => kind !== servingResources.services.kind);
  try {
    for (const document of [...others, ...services]) {
      const kind = kindOf(document);
      if (kind !== undefined) await client.apply(kind, document);
    }
    return null;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return error.message;
  }
}

export async function ensureNamespace(client: Client, name: string): Promise<void> {
  await ensure(client, resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const metadata = { name: 'default', namespace: name };
  await ensure(client, resources.serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}

async function ensure(client: Client, kind: ResourceKind, object: KubeObject): Promise<void> {
  try {
    await client.create(kind, object);
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
  }
}

/** Creates plain objects, named as `Gateway infra/edge`. */
export async function assume(client: Client, names: readonly string[]): Promise<void> {
  for (const text of names) {
    const [, kind = '', namespace = '', name = ''] = /^(\w+) (.+)\/(.+)$/.exec(text) ?? [];
    await ensureNamespace(client, namespace);
    const metadata = { namespace, name };
    if (kind === 'ServiceAccount') {
      await ensure(client, resources.serviceAccounts, { apiVersion: 'v1', kind, metadata });
    } else {
      const spec: NonNullable<Gateway['spec']> = {
        gatewayClassName: 'weir',
        listeners: [
          { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
        ],
      };
      const gateway: Gateway = {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'Gateway',
        metadata,
        spec,
      };
      await ensure(client, gatewayResources.gateways as ResourceKind, gateway);
    }
  }
}
