import { type KubeObject, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import type { Deployment, Pod, ReplicaSet } from '@weir/api/workloads';
import { createApiServer } from '@weir/cluster/apiserver';
import { startControllerManager } from '@weir/cluster/controller-manager';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch, type WatchEvent } from '@weir/kube';
import { eventually, hasComponents, startFakeKubelet, startRealControlPlane } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

interface Plane {
  readonly fetch: Fetch;
  readonly caPem: string;
  stop(): Promise<void>;
}

interface ApiServerChoice {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly start: () => Promise<Plane>;
}

const all: readonly ApiServerChoice[] = [
  {
    name: 'the embedded API server',
    isAvailable: true,
    start: async () => {
      const options = { dataDir: null, log: silentLogger, crds: [], admission: [], converters: [] };
      const server = await createApiServer(options);
      return { fetch: server.fetch, caPem: 'CA of the test', stop: () => server.stop() };
    },
  },
  {
    name: 'a real API server',
    isAvailable: hasComponents('etcd', 'kube-apiserver'),
    start: startRealControlPlane,
  },
];

/** What our controllers must work on. */
export const apiServers: readonly ApiServerChoice[] = all.filter(({ isAvailable }) => isAvailable);

/**
 * Our controllers and scheduler on an API server, with one node whose pods are ready unless they carry the label
 * `broken`; nothing of Kubernetes' own controllers runs. Every test has a namespace of its own.
 */
export class ControllersTarget {
  readonly client: Client;
  readonly caPem: string;
  readonly #plane: Plane;
  readonly #kubelet = new AbortController();
  #stopControllers: () => Promise<void> = async () => {};
  #namespace = '';
  #count = 0;

  static async start(start: ApiServerChoice['start']): Promise<ControllersTarget> {
    const target = new ControllersTarget(await start());
    await startFakeKubelet({
      client: target.client,
      nodeName: 'node-a',
      signal: target.#kubelet.signal,
      allocatable: { cpu: '16', memory: '16Gi', pods: '200' },
      isReady: (pod) => pod.metadata.labels?.broken === undefined,
    });
    await target.restart();
    return target;
  }

  private constructor(plane: Plane) {
    this.#plane = plane;
    this.caPem = plane.caPem;
    this.client = new Client({ fetch: plane.fetch, fieldManager: 'weir-test' });
  }

  /** Ends the controllers, and starts them again after what is to happen meanwhile. */
  async restart(meanwhile?: () => Promise<void>): Promise<void> {
    await this.#stopControllers();
    await meanwhile?.();
    const run = new AbortController();
    const { client, caPem } = this;
    const manager = await startControllerManager({ client, log: silentLogger, signal: run.signal, caPem });
    this.#stopControllers = () => {
      run.abort();
      return manager.stopped();
    };
  }

  async stop(): Promise<void> {
    await this.#stopControllers();
    this.#kubelet.abort();
    await this.#plane.stop();
  }

  get namespace(): string {
    return this.#namespace;
  }

  async createNamespace(): Promise<void> {
    this.#namespace = `test-${++this.#count}`;
    const metadata = { name: this.#namespace };
    await this.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  async deleteNamespace(): Promise<void> {
    await this.client.delete(resources.namespaces, { namespace: '', name: this.#namespace });
  }

  /** A name in the namespace of the test. */
  at(name: string): ObjectKey {
    return { namespace: this.#namespace, name };
  }

  async pods(): Promise<Pod[]> {
    return (await this.client.list(resources.pods, { namespace: this.#namespace })).items;
  }

  async replicaSets(): Promise<ReplicaSet[]> {
    return (await this.client.list(resources.replicaSets, { namespace: this.#namespace })).items;
  }

  /** From where on `changesSince` tells. */
  async version(kind: ResourceKind): Promise<string> {
    const { metadata } = await this.client.list(kind, { namespace: this.#namespace });
    return metadata.resourceVersion ?? '';
  }

  /** Every change of objects of a kind since a version, up to now; one of them has to be there. */
  async changesSince<T extends KubeObject>(kind: ResourceKind<T>, version: string): Promise<WatchEvent<T>[]> {
    const namespace = this.#namespace;
    const [one] = (await this.client.list(kind, { namespace })).items;
    // The mark comes after all of them.
    const mark = { metadata: { annotations: { marked: 'yes' } } };
    await this.client.patch(kind, this.at(one?.metadata.name ?? ''), mark);
    const changes: WatchEvent<T>[] = [];
    for await (const { type, object } of this.client.watch(kind, { namespace, resourceVersion: version })) {
      if (object.metadata.annotations?.marked !== undefined) return changes;
      if (type !== 'BOOKMARK') changes.push({ type, object });
    }
    throw new Error(`the watch of ${kind.plural} ended`);
  }

  /** Creates a Deployment, of three replicas if nothing else is said; resolves when it is rolled out. */
  async deploy(name: string, spec: Partial<Deployment['spec']> = {}): Promise<Deployment> {
    await this.client.create(resources.deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: this.#namespace },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: name } },
        template: templateOf({ app: name }, '1'),
        ...spec,
      },
    });
    return this.rolledOut(name);
  }

  /** The Deployment once every pod of it is of its newest template and available. */
  rolledOut(name: string): Promise<Deployment> {
    return eventually('the rollout', async () => {
      const deployment = await this.client.get(resources.deployments, this.at(name));
      const { spec, status, metadata } = deployment;
      const counts = [status?.updatedReplicas, status?.replicas, status?.availableReplicas];
      const isDone =
        status?.observedGeneration === metadata.generation &&
        counts.every((count) => (count ?? 0) === spec?.replicas);
      return isDone ? deployment : undefined;
    });
  }
}

/** For the tests of a `describe`: started before the first of them, stopped after the last. */
export function useControllers(start: ApiServerChoice['start']): () => ControllersTarget {
  let target: ControllersTarget | undefined;
  const started = (): ControllersTarget => {
    if (target === undefined) throw new Error('the controllers are not started');
    return target;
  };
  beforeAll(async () => {
    target = await ControllersTarget.start(start);
  });
  afterAll(() => target?.stop());
  beforeEach(() => started().createNamespace());
  afterEach(() => started().deleteNamespace());
  return started;
}

export function templateOf(
  labels: Record<string, string>,
  version: string,
): NonNullable<Deployment['spec']>['template'] {
  return {
    metadata: { labels },
    spec: {
      containers: [
        {
          name: 'main',
          image: `example/server:${version}`,
          ports: [{ name: 'http', containerPort: 8000 }],
          resources: { requests: { cpu: '100m' } },
        },
      ],
    },
  };
}
