import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, gatewayResources } from '@weir/api/gateway';
import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { type Client, isKubeError } from '@weir/kube';
import type { AuditedRequest } from './audit-log.ts';
import { allChildKinds } from './child-kinds.ts';
import { startInstalledCluster } from './installed-cluster.ts';
import type { Sample } from './sample-manifests.ts';

/** Longer than the back-off after a first failure. */
const quietMs = 1500;

/** A real API server that serves every kind, with the controller at work, whose writes are kept. */
export interface ApplyingController {
  /** What was last applied of each object that was not deleted since. */
  applied(): readonly KubeObject[];
  /** Creates what a sample says, namespaces included; gives the reason when a document is refused. */
  create(sample: Sample): Promise<string | null>;
  /** Creates plain objects, named as `Gateway infra/edge`. */
  assume(names: readonly string[]): Promise<void>;
  /** Waits until the controller has applied nothing for a while. */
  quiet(): Promise<void>;
  /** Deletes objects of the system namespace. */
  remove(documents: readonly KubeObject[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startApplyingController(): Promise<ApplyingController> {
  const cluster = await startInstalledCluster();
  const { client } = cluster;
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'weir' },
    spec: { controllerName: 'weir.dev/gateway' },
  };
  await client.create(gatewayResources.gatewayClasses, gatewayClass);
  const controller = await cluster.startInPod();
  return {
    applied: () => [...appliedObjects(cluster.requests()).values()],
    create: (sample) => createSample(client, sample),
    assume: (names) => assume(client, names),
    async quiet() {
      const count = (): number => cluster.requests().filter(isApply).length;
      for (let seen = -1; seen !== count(); ) {
        seen = count();
        await sleep(quietMs);
      }
    },
    async remove(documents) {
      const shared = documents.filter(({ metadata }) => metadata.namespace === 'kserve');
      for (const document of shared) await client.delete(kindOf(document) as ResourceKind, keyOf(document));
    },
    async stop() {
      await controller.stop();
      await cluster.stop();
    },
  };
}

/** Only server-side apply knows the parameter. */
function isApply({ verb, requestURI, responseStatus }: AuditedRequest): boolean {
  return verb === 'patch' && requestURI.includes('force=true') && (responseStatus?.code ?? 500) < 300;
}

function appliedObjects(requests: readonly AuditedRequest[]): Map<string, KubeObject> {
  const applied = new Map<string, KubeObject>();
  for (const request of requests) {
    const [where = ''] = request.requestURI.split('?');
    if (isApply(request)) applied.set(where, request.requestObject as KubeObject);
    else if (request.verb === 'delete') applied.delete(where);
  }
  return applied;
}

const kinds: readonly ResourceKind[] = [
  ...Object.values(resources),
  ...Object.values(servingResources),
  ...Object.values(gatewayResources),
  ...allChildKinds,
];

function kindOf({ apiVersion, kind }: KubeObject): ResourceKind | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const known = kinds.find((one) => one.group === group && one.kind === kind);
  return known && { ...known, version };
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

async function ensureNamespace(client: Client, name: string): Promise<void> {
  await ensure(client, resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const metadata = { name: 'default', namespace: name };
  await ensure(client, resources.serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}

async function ensure(client: Client, kind: ResourceKind, object: KubeObject): Promise<void> {
  if ((await client.find(kind, keyOf(object))) === undefined) await client.create(kind, object);
}

async function assume(client: Client, names: readonly string[]): Promise<void> {
  for (const text of names) {
    const [, kind = '', namespace = '', name = ''] = /^(\w+) (.+)\/(.+)$/.exec(text) ?? [];
    await ensureNamespace(client, namespace);
    const metadata = { namespace, name };
    if (kind === 'ServiceAccount') {
      await ensure(client, resources.serviceAccounts, { apiVersion: 'v1', kind, metadata });
    } else {
      const spec = {
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
