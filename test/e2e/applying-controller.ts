import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, gatewayResources } from '@weir/api/gateway';
import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { servingConverters, servingResources } from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import { createLogger, silentLogger } from '@weir/core/log';
import { Client, type Fetch, isKubeError } from '@weir/kube';
import { createServingAdmission, startLlmisvc } from '@weir/llmisvc';
import { parse } from 'yaml';
import { allChildKinds } from './child-kinds.ts';
import { foreignKinds, kindsOfBiggerServers } from './foreign-kinds.ts';
import { definitions, root } from './llmisvc-target.ts';
import type { Sample } from './sample-manifests.ts';

/** Longer than the back-off after a first failure. */
const quietMs = 1500;

/** An API server that serves nearly every kind, with the controller at work, whose writes are kept. */
export interface ApplyingController {
  /** What was last applied of each object that was not deleted since. */
  applied(): readonly KubeObject[];
  /** Creates what samples say, namespaces included; gives the reasons by names of samples that are refused. */
  create(samples: readonly Sample[]): Promise<ReadonlyMap<string, string>>;
  /** Creates plain objects, named as `Gateway infra/edge`. */
  assume(names: readonly string[]): Promise<void>;
  /** Waits until the controller has applied nothing for a while. */
  quiet(): Promise<void>;
  /** Deletes objects of the system namespace. */
  remove(documents: readonly KubeObject[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startApplyingController(): Promise<ApplyingController> {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [...definitions(/./), ...foreignKinds, ...kindsOfBiggerServers],
    admission: createServingAdmission({ systemNamespace: 'kserve' }),
    converters: servingConverters,
  });
  const client = new Client({ fetch: server.fetch, fieldManager: 'test' });
  await ensureNamespace(client, 'kserve');
  for (const preset of presets()) await client.create(servingResources.configs as ResourceKind, preset);
  const writes: Write[] = [];
  const stop = new AbortController();
  const controller = await startLlmisvc({
    client: new Client({ fetch: recording(server.fetch, writes), fieldManager: 'llmisvc-controller' }),
    log: createLogger({ name: 'llmisvc', level: 'error' }),
    signal: stop.signal,
    systemNamespace: 'kserve',
  });
  return {
    applied: () => [...appliedObjects(writes).values()],
    create: (samples) => createSamples(client, samples),
    assume: (names) => assume(client, names),
    async quiet() {
      for (let seen = -1; seen !== writes.length; ) {
        seen = writes.length;
        await sleep(quietMs);
      }
    },
    async remove(documents) {
      const shared = documents.filter(({ metadata }) => metadata.namespace === 'kserve');
      for (const document of shared) await client.delete(kindOf(document) as ResourceKind, keyOf(document));
    },
    async stop() {
      stop.abort();
      await controller.stopped();
      await server.stop();
    },
  };
}

function presets(): KubeObject[] {
  const folder = path.join(root, 'config/llmisvcconfig');
  return readdirSync(folder).map((file) => {
    const preset = parse(readFileSync(path.join(folder, file), 'utf8')) as KubeObject;
    return { ...preset, metadata: { ...preset.metadata, namespace: 'kserve' } };
  });
}

interface Write {
  readonly type: 'apply' | 'delete' | 'other';
  readonly path: string;
  readonly body: string;
}

function recording(fetch: Fetch, writes: Write[]): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const { method = 'GET', headers, body } = init ?? {};
    if (method === 'GET' || !response.ok) return response;
    const isApply = headers?.['content-type'] === 'application/apply-patch+yaml';
    const type = isApply ? 'apply' : method === 'DELETE' ? 'delete' : 'other';
    writes.push({ type, path: url.split('?')[0] ?? '', body: String(body ?? '') });
    return response;
  };
}

function appliedObjects(writes: readonly Write[]): Map<string, KubeObject> {
  const applied = new Map<string, KubeObject>();
  for (const { type, path: where, body } of writes) {
    if (type === 'apply') applied.set(where, JSON.parse(body) as KubeObject);
    if (type === 'delete') applied.delete(where);
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

/** Several at a time; a server has time for more than one. */
async function createSamples(client: Client, samples: readonly Sample[]): Promise<Map<string, string>> {
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

async function ensureNamespace(client: Client, name: string): Promise<void> {
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
