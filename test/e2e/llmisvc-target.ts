import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import {
  type Condition,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceKind,
  resources,
} from '@weir/api/meta';
import { servingConverters, servingResources } from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import { createLogger, silentLogger } from '@weir/core/log';
import { Client, type Fetch, isKubeError } from '@weir/kube';
import { createServingAdmission, ModelCacheSource, startLlmisvc } from '@weir/llmisvc';
import { eventually, startRealControlPlane } from '@weir/testing';
import { parse } from 'yaml';

export type TargetName = 'embedded' | 'kubernetes';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** An API server with the controller of LLMInferenceServices at work on it; nothing else runs. */
export interface Target {
  readonly client: Client;
  /** Requests of the controller that change something. */
  readonly writes: readonly string[];
  stop(): Promise<void>;
}

export async function startTarget(name: TargetName): Promise<Target> {
  const server = await startServer(name);
  const client = new Client({ fetch: server.fetch, fieldManager: 'test' });
  await installObjects(client);
  const writes: string[] = [];
  const stop = new AbortController();
  const controller = await startLlmisvc({
    client: new Client({ fetch: recording(server.fetch, writes), fieldManager: 'weir-llmisvc' }),
    log: createLogger({ name: 'llmisvc', level: 'error' }),
    signal: stop.signal,
    systemNamespace: 'kserve',
  });
  return {
    client,
    writes,
    async stop() {
      stop.abort();
      await controller.stopped();
      await server.stop();
    },
  };
}

export interface Server {
  readonly fetch: Fetch;
  stop(): Promise<void>;
}

/** An API server that serves the kinds of the controller; nothing works on it. */
export function startServer(name: TargetName): Promise<Server> {
  return name === 'embedded' ? startEmbedded() : startReal();
}

async function startEmbedded(): Promise<Server> {
  const modelCaches = new ModelCacheSource({ systemNamespace: 'kserve', log: silentLogger });
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: definitions(),
    admission: createServingAdmission({ systemNamespace: 'kserve', modelCaches }),
    converters: servingConverters,
  });
  const stop = new AbortController();
  modelCaches.start(new Client({ fetch: server.fetch, fieldManager: 'admission' }), stop.signal);
  return {
    fetch: server.fetch,
    stop: () => {
      stop.abort();
      return server.stop();
    },
  };
}

async function startReal(): Promise<Server> {
  const plane = await startRealControlPlane();
  await installDefinitions(new Client({ fetch: plane.fetch, fieldManager: 'test' }));
  return plane;
}

const usualGroups = /^(serving|gateway\.networking|inference\.networking\.k8s)/;

/** The CRDs of the groups, such as those that the controller needs; served when this returns. */
export async function installDefinitions(client: Client, groups: RegExp = usualGroups): Promise<void> {
  const install = async (definition: Definition): Promise<void> => {
    const { spec } = definition;
    await eventually(`the definition ${definition.metadata.name}`, () => isCreated(client, definition));
    const version = spec.versions.find(({ storage }) => storage)?.name ?? '';
    const kind: ResourceKind = {
      group: spec.group,
      version,
      kind: spec.names.kind,
      plural: spec.names.plural,
      namespaced: spec.scope === 'Namespaced',
    };
    await eventually(`kind ${kind.kind}`, () => isServed(client, kind));
  };
  // A server needs about a second until it serves a kind, for many not longer than for one.
  await Promise.all(definitions(groups).map(install));
}

/** A busy server may have no time for a megabyte, and says so though it may have carried it out. */
async function isCreated(client: Client, definition: Definition): Promise<boolean> {
  try {
    await client.create(resources.customResourceDefinitions, definition);
    return true;
  } catch (error) {
    if (isKubeError(error, 'AlreadyExists')) return true;
    throw error;
  }
}

type Definition = NonNullable<(typeof resources.customResourceDefinitions)['shape']>;

export function definitions(groups: RegExp = usualGroups): Definition[] {
  const folder = path.join(root, 'config/crd/gen');
  return readdirSync(folder)
    .filter((file) => groups.test(file))
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Definition);
}

async function isServed(client: Client, kind: ResourceKind): Promise<boolean> {
  try {
    await client.list(kind);
    return true;
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return false;
    throw error;
  }
}

async function installObjects(client: Client): Promise<void> {
  await installPresets(client);
  await installGateway(client);
}

/** The system namespace with the presets. */
export async function installPresets(client: Client): Promise<void> {
  await client.create(resources.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kserve' },
  });
  const folder = path.join(root, 'config/llmisvcconfig');
  for (const file of readdirSync(folder)) {
    const preset = parse(readFileSync(path.join(folder, file), 'utf8')) as KubeObject;
    await client.create(servingResources.configs as ResourceKind, {
      ...preset,
      metadata: { ...preset.metadata, namespace: 'kserve' },
    });
  }
}

/** The default Gateway, with the port that a gateway would have bound. */
export async function installGateway(client: Client): Promise<void> {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  await client.create(gatewayResources.gatewayClasses, {
    apiVersion,
    kind: 'GatewayClass',
    metadata: { name: 'weir' },
    spec: { controllerName: 'weir.dev/gateway' },
  });
  const gateway = await client.create(gatewayResources.gateways, {
    apiVersion,
    kind: 'Gateway',
    metadata: {
      name: 'kserve-ingress-gateway',
      namespace: 'kserve',
      annotations: { 'weir.dev/bound-ports': '{"http":7080}' },
    },
    spec: {
      gatewayClassName: 'weir',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
      ],
    },
  });
  const status = { addresses: [{ type: 'IPAddress', value: '127.0.0.1' }] };
  await client.patch(gatewayResources.gateways, keyOf(gateway), { status }, { subresource: 'status' });
}

function recording(fetch: Fetch, writes: string[]): Fetch {
  return (url, init) => {
    if (init?.method !== undefined && init.method !== 'GET')
      writes.push(`${init.method} ${url.split('?')[0]}`);
    return fetch(url, init);
  };
}

const childKinds: readonly ResourceKind[] = [
  resources.deployments,
  resources.services,
  resources.secrets,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.clusterRoleBindings,
  gatewayResources.httpRoutes,
  inferencePoolV1,
];

/** `Kind name` of everything that is labelled as a part of the service. */
export async function childrenOf(client: Client, name: string): Promise<string[]> {
  const labelSelector = `app.kubernetes.io/part-of=llminferenceservice,app.kubernetes.io/name=${name}`;
  const lists = await Promise.all(
    childKinds.map(async (kind) => {
      const { items } = await client.list(kind, { labelSelector });
      return items.map((item) => `${kind.kind} ${item.metadata.name}`);
    }),
  );
  return lists.flat().sort();
}

export async function readinessOf(client: Client, key: ObjectKey): Promise<Condition | undefined> {
  const service = await client.get(servingResources.services, key);
  return service.status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Whether the pass over the latest spec is finished: the status is its last write. */
export async function isObserved(client: Client, name: string): Promise<boolean> {
  const { metadata, status } = await client.get(servingResources.services, { namespace: 'default', name });
  return status?.observedGeneration === metadata.generation;
}

/** What a gateway and the controller of Deployments write, as often as they look. */
export async function playCluster(client: Client, name: string): Promise<void> {
  await playGateway(client, name);
  await playDeployments(client, name);
}

/** What a gateway writes on the route and the pool that it serves. */
async function playGateway(client: Client, name: string): Promise<void> {
  const parentRef = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name: 'kserve-ingress-gateway',
    namespace: 'kserve',
  };
  const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  const status = { parents: [{ parentRef, controllerName: 'weir.dev/gateway', conditions }] };
  const namespace = 'default';
  const route = { namespace, name: `${name}-kserve-route` };
  await client.patch(gatewayResources.httpRoutes, route, { status }, { subresource: 'status' });
  const pool = { namespace, name: `${name}-inference-pool` };
  await client.patch(inferencePoolV1, pool, { status }, { subresource: 'status' });
}

/** What the Deployment controller writes once pods are up. */
export async function playDeployments(client: Client, name: string): Promise<void> {
  for (const suffix of ['-kserve', '-kserve-router-scheduler']) {
    const key = { namespace: 'default', name: `${name}${suffix}` };
    const deployment = await client.get(resources.deployments, key);
    const status = {
      observedGeneration: deployment.metadata.generation,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }],
    };
    await client.patch(resources.deployments, key, { status }, { subresource: 'status' });
  }
}
