import { type KubeObject, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import type { Deployment, Pod, ReplicaSet } from '@weir/api/workloads';
import { createApiServer } from '@weir/cluster/apiserver';
import { startControllerManager } from '@weir/cluster/controller-manager';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { eventually, hasComponents, startFakeKubelet, startRealControlPlane } from '@weir/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

interface Target {
  readonly name: string;
  readonly isAvailable: boolean;
  readonly start: () => Promise<{ readonly fetch: Fetch; readonly caPem: string; stop(): Promise<void> }>;
}

const targets: readonly Target[] = [
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

/** Our controllers and scheduler on both API servers; nothing of Kubernetes' own controllers runs. */
describe.each(targets.filter(({ isAvailable }) => isAvailable))('controllers on $name', ({ start }) => {
  const stopping = new AbortController();
  let plane: Awaited<ReturnType<Target['start']>>;
  let client: Client;
  let restart: (pause?: () => Promise<void>) => Promise<void>;
  let stopControllers = async (): Promise<void> => {};
  let namespace = '';
  let count = 0;

  beforeAll(async () => {
    plane = await start();
    client = new Client({ fetch: plane.fetch, fieldManager: 'weir-test' });
    await startFakeKubelet({
      client,
      nodeName: 'node-a',
      signal: stopping.signal,
      allocatable: { cpu: '16', memory: '16Gi', pods: '200' },
      isReady: (pod) => pod.metadata.labels?.broken === undefined,
    });
    restart = async (pause) => {
      await stopControllers();
      await pause?.();
      const run = new AbortController();
      const manager = await startControllerManager({
        client,
        log: silentLogger,
        signal: run.signal,
        caPem: plane.caPem,
      });
      stopControllers = () => {
        run.abort();
        return manager.stopped();
      };
    };
    await restart();
  });

  afterAll(async () => {
    await stopControllers();
    stopping.abort();
    await plane?.stop();
  });

  beforeEach(async () => {
    namespace = `test-${++count}`;
    await client.create(resources.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
  });

  afterEach(() => client.delete(resources.namespaces, { namespace: '', name: namespace }));

  const at = (name: string): ObjectKey => ({ namespace, name });
  const pods = async (): Promise<Pod[]> => (await client.list(resources.pods, { namespace })).items;
  const replicaSets = async (): Promise<ReplicaSet[]> =>
    (await client.list(resources.replicaSets, { namespace })).items;

  const deploymentOf = (name: string, spec: Partial<Deployment['spec']> = {}): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: templateOf({ app: name }, '1'),
      ...spec,
    },
  });

  const templateOf = (labels: Record<string, string>, version: string) => ({
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
  });

  const isRolledOut = async (name: string): Promise<Deployment | undefined> => {
    const deployment = await client.get(resources.deployments, at(name));
    const { spec, status, metadata } = deployment;
    const isDone =
      status?.observedGeneration === metadata.generation &&
      (status?.updatedReplicas ?? 0) === spec?.replicas &&
      (status?.replicas ?? 0) === spec?.replicas &&
      (status?.availableReplicas ?? 0) === spec?.replicas;
    return isDone ? deployment : undefined;
  };

  const create = async (deployment: Deployment): Promise<Deployment> => {
    await client.create(resources.deployments, deployment);
    return eventually('the rollout', () => isRolledOut(deployment.metadata.name ?? ''));
  };

  test('a deployment gets one replica set, its pods a node, and its status the standard conditions', async () => {
    const deployment = await create(deploymentOf('web'));
    const [set, ...others] = await replicaSets();
    expect(others).toEqual([]);
    expect(set?.metadata.labels?.['pod-template-hash']).toBe(set?.metadata.name?.slice('web-'.length));
    expect((await pods()).map((pod) => pod.spec?.nodeName)).toEqual(['node-a', 'node-a', 'node-a']);
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    const conditions = Object.fromEntries(
      (deployment.status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
    );
    expect(conditions).toEqual({
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
  });

  test('scaling up and down changes the pods of the same replica set', async () => {
    await create(deploymentOf('web', { replicas: 1 }));
    for (const replicas of [6, 2, 0]) {
      await client.patch(resources.deployments, at('web'), { spec: { replicas } });
      await eventually('the new size', () => isRolledOut('web'));
      await eventually('the pods', async () => (await pods()).length === replicas);
    }
    expect((await replicaSets()).length).toBe(1);
  });

  test('a burst of 60 replicas creates no pod twice', async () => {
    const { metadata } = await client.list(resources.pods, { namespace });
    await create(deploymentOf('web', { replicas: 60 }));
    const created = new Set<string>();
    const history = { namespace, resourceVersion: metadata.resourceVersion ?? '', timeoutSeconds: 1 };
    for await (const { type, object } of client.watch(resources.pods, history)) {
      if (type === 'ADDED') created.add(object.metadata.uid ?? '');
    }
    expect(created.size).toBe(60);
    expect((await pods()).length).toBe(60);
  });

  test('a new template rolls out within surge and unavailable and keeps the history', async () => {
    await create(deploymentOf('web', { replicas: 4 }));
    const seen: number[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      try {
        const start = await client.list(resources.replicaSets, { namespace });
        const resourceVersion = start.metadata.resourceVersion ?? '';
        const sizes = new Map(start.items.map((set) => [set.metadata.name, set.spec?.replicas ?? 0]));
        for await (const { object, type } of client.watch(resources.replicaSets, {
          namespace,
          resourceVersion,
          signal: stop.signal,
        })) {
          if (type === 'BOOKMARK') continue;
          sizes.set(object.metadata.name, object.spec?.replicas ?? 0);
          seen.push([...sizes.values()].reduce((a, b) => a + b, 0));
        }
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    })();
    await client.patch(resources.deployments, at('web'), {
      spec: { template: templateOf({ app: 'web' }, '2') },
    });
    const deployment = await eventually('the rollout', () => isRolledOut('web'));
    stop.abort();
    await watching;
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect((await replicaSets()).map((set) => set.spec?.replicas).sort()).toEqual([0, 4]);
    // 25 % of 4: at most one more and one less than asked for.
    expect(Math.max(...seen)).toBeLessThanOrEqual(5);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(3);
  });

  test('a template that never gets ready stops the rollout, reports the deadline, and going back heals it', async () => {
    await create(deploymentOf('web', { replicas: 4, progressDeadlineSeconds: 1 }));
    await client.patch(resources.deployments, at('web'), {
      spec: { template: templateOf({ app: 'web', broken: 'yes' }, '1') },
    });
    // Times of conditions are whole seconds, so that a deadline of one can pass before the first new pod is made.
    await eventually('the deadline, with as many new pods as may be unavailable', async () => {
      const { status } = await client.get(resources.deployments, at('web'));
      const progress = status?.conditions?.find(({ type }) => type === 'Progressing');
      const counts = [status?.availableReplicas, status?.unavailableReplicas, status?.updatedReplicas];
      return progress?.reason === 'ProgressDeadlineExceeded' && counts.join() === '3,2,2';
    });
    await client.patch(resources.deployments, at('web'), {
      spec: { template: { metadata: { labels: { broken: null } } } },
    });
    const healed = await eventually('the rollout', () => isRolledOut('web'));
    expect(healed.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  test('recreate ends every old pod before a new one starts', async () => {
    await create(deploymentOf('web', { replicas: 2, strategy: { type: 'Recreate' } }));
    const before = new Set((await pods()).map((pod) => pod.metadata.uid));
    const version = (await client.list(resources.pods, { namespace })).metadata.resourceVersion ?? '';
    const changes: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      try {
        for await (const { object, type } of client.watch(resources.pods, {
          namespace,
          resourceVersion: version,
          signal: stop.signal,
        })) {
          const isOld = before.has(object.metadata.uid);
          if (type === 'DELETED' && isOld) changes.push('old gone');
          if (type === 'ADDED' && !isOld) changes.push('new');
        }
      } catch (error) {
        if (!stop.signal.aborted) throw error;
      }
    })();
    await client.patch(resources.deployments, at('web'), {
      spec: { template: templateOf({ app: 'web' }, '2') },
    });
    await eventually('the rollout', () => isRolledOut('web'));
    await eventually('the changes', () => changes.length === 4);
    stop.abort();
    await watching;
    expect(changes).toEqual(['old gone', 'old gone', 'new', 'new']);
  });

  test('a paused deployment keeps its pods, and scales', async () => {
    await create(deploymentOf('web', { replicas: 2 }));
    await client.patch(resources.deployments, at('web'), {
      spec: { paused: true, template: templateOf({ app: 'web' }, '2') },
    });
    await client.patch(resources.deployments, at('web'), { spec: { replicas: 3 } });
    await eventually('three pods', async () => (await pods()).length === 3);
    const images = new Set((await pods()).map((pod) => pod.spec?.containers[0]?.image));
    expect([...images]).toEqual(['example/server:1']);
    await client.patch(resources.deployments, at('web'), { spec: { paused: false } });
    await eventually('the rollout', () => isRolledOut('web'));
  });

  test('old replica sets beyond the history limit are deleted', async () => {
    await create(deploymentOf('web', { replicas: 1, revisionHistoryLimit: 1 }));
    for (const version of ['2', '3', '4']) {
      await client.patch(resources.deployments, at('web'), {
        spec: { template: templateOf({ app: 'web' }, version) },
      });
      await eventually('the rollout', () => isRolledOut('web'));
    }
    await eventually('the history', async () => (await replicaSets()).length === 2);
  });

  test('a lost pod is replaced, an orphan adopted and a relabelled pod released', async () => {
    await create(deploymentOf('web', { replicas: 2 }));
    const [first, second] = await pods();
    await client.delete(resources.pods, at(first?.metadata.name ?? ''));
    await eventually('a new pod', async () => {
      const names = (await pods()).map((pod) => pod.metadata.name);
      return names.length === 2 && !names.includes(first?.metadata.name);
    });
    await client.patch(resources.pods, at(second?.metadata.name ?? ''), {
      metadata: { labels: { app: 'other' } },
    });
    await eventually('the release', async () => {
      const pod = await client.get(resources.pods, at(second?.metadata.name ?? ''));
      return (pod.metadata.ownerReferences ?? []).length === 0;
    });
    await eventually('its replacement', async () => (await pods()).length === 3);
    await client.patch(resources.pods, at(second?.metadata.name ?? ''), {
      metadata: { labels: { app: 'web' } },
    });
    // Adopted, it is one too many.
    await eventually('the right number', async () => (await pods()).length === 2);
  });

  for (const propagationPolicy of ['Background', 'Foreground'] as const) {
    test(`${propagationPolicy} deletion takes replica sets and pods along`, async () => {
      await create(deploymentOf('web'));
      await client.delete(resources.deployments, at('web'), { propagationPolicy });
      await eventually('the end', async () => {
        const left = [...(await pods()), ...(await replicaSets())].length;
        return left === 0 && (await client.find(resources.deployments, at('web'))) === undefined;
      });
    });
  }

  test('orphan deletion leaves the replica set and its pods', async () => {
    await create(deploymentOf('web', { replicas: 2 }));
    await client.delete(resources.deployments, at('web'), { propagationPolicy: 'Orphan' });
    await eventually(
      'the end',
      async () => (await client.find(resources.deployments, at('web'))) === undefined,
    );
    const [set] = await replicaSets();
    expect(set?.metadata.ownerReferences ?? []).toEqual([]);
    expect((await pods()).length).toBe(2);
  });

  test('objects owned by a custom resource go with it, also when its kind was defined later', async () => {
    const kind = await defineWidgets(client);
    const widget = await eventually('the kind', () =>
      client.create<KubeObject>(kind, {
        apiVersion: 'test.weir.dev/v1',
        kind: 'Widget',
        metadata: { name: 'one', namespace },
      }),
    );
    const { name = '', uid = '' } = widget.metadata;
    await client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'child',
        namespace,
        ownerReferences: [{ apiVersion: 'test.weir.dev/v1', kind: 'Widget', name, uid }],
      },
    });
    await client.delete(kind, at('one'));
    await eventually(
      'the child',
      async () => (await client.find(resources.configMaps, at('child'))) === undefined,
    );
  });

  test('an object whose owner never existed is deleted', async () => {
    await client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'child',
        namespace,
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: 'b1' }],
      },
    });
    await eventually(
      'the child',
      async () => (await client.find(resources.configMaps, at('child'))) === undefined,
    );
  });

  test('a service gets slices with the ready pods and resolved named ports', async () => {
    await client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    });
    await create(deploymentOf('web', { replicas: 2 }));
    const slice = await eventually('the slice', async () => {
      const { items } = await client.list(resources.endpointSlices, {
        namespace,
        labelSelector: 'kubernetes.io/service-name=web',
      });
      return items.find((item) => item.endpoints.filter(({ conditions }) => conditions?.ready).length === 2);
    });
    expect(slice.ports).toEqual([{ name: 'http', port: 8000, protocol: 'TCP' }]);
    const addresses = (await pods()).map((pod) => pod.status?.podIP).sort();
    expect(slice.endpoints.flatMap((endpoint) => endpoint.addresses).sort()).toEqual(addresses);
    await client.delete(resources.services, at('web'));
    await eventually('its end', async () => {
      const { items } = await client.list(resources.endpointSlices, { namespace });
      return items.length === 0;
    });
  });

  test('a pod that asks for too much waits with a reason and is bound once a node has room', async () => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'huge', namespace },
      spec: { containers: [{ name: 'a', image: 'a', resources: { requests: { cpu: '64' }, limits: {} } }] },
    };
    await client.create(resources.pods, pod);
    const waiting = await eventually('the condition', async () => {
      const current = await client.get(resources.pods, at('huge'));
      return current.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    });
    expect(waiting).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    });
    const { items } = await eventually('the event', async () => {
      const events = await client.list(resources.events, { namespace });
      return events.items.some(({ reason }) => reason === 'FailedScheduling') ? events : undefined;
    });
    expect(items.map(({ reason, type }) => [reason, type])).toContainEqual(['FailedScheduling', 'Warning']);
    const node = { namespace: '', name: 'node-a' };
    await client.patch(
      resources.nodes,
      node,
      { status: { allocatable: { cpu: '128' } } },
      { subresource: 'status' },
    );
    await eventually(
      'the binding',
      async () => (await client.get(resources.pods, at('huge'))).spec?.nodeName,
    );
  });

  test('a restart changes nothing that is right, and heals what went wrong meanwhile', async () => {
    await create(deploymentOf('web', { replicas: 2 }));
    await create(deploymentOf('other', { replicas: 1 }));
    const versions = async (): Promise<unknown> => {
      const lists = await Promise.all([replicaSets(), pods()]);
      const deployments = await client.list(resources.deployments, { namespace });
      return [...lists.flat(), ...deployments.items].map(({ metadata }) => [
        metadata.name,
        metadata.resourceVersion,
      ]);
    };
    await eventually('quiet', async () => {
      const before = JSON.stringify(await versions());
      await new Promise((resolve) => setTimeout(resolve, 200));
      return before === JSON.stringify(await versions());
    });
    const before = await versions();
    await restart();
    expect(await versions()).toEqual(before);
    const [lost] = (await pods()).filter((pod) => pod.metadata.labels?.app === 'web');
    await restart(async () => {
      await client.delete(resources.pods, at(lost?.metadata.name ?? ''), { gracePeriodSeconds: 0 });
      await client.delete(resources.deployments, at('other'), { propagationPolicy: 'Background' });
    });
    await eventually('the healing', async () => {
      const names = (await pods()).map((pod) => pod.metadata.name ?? '');
      return names.length === 2 && names.every((name) => name.startsWith('web-'));
    });
  });

  test('a namespace has a service account and the CA, and its deletion takes everything in it', async () => {
    await eventually('the account', () => client.find(resources.serviceAccounts, at('default')));
    const config = await eventually('the CA', () =>
      client.find(resources.configMaps, at('kube-root-ca.crt')),
    );
    expect(config.data?.['ca.crt']).toBe(plane.caPem);
    await create(deploymentOf('web'));
    await client.delete(resources.namespaces, { namespace: '', name: namespace });
    await eventually('the end', async () => {
      const found = await client.find(resources.namespaces, { namespace: '', name: namespace });
      return found === undefined;
    });
  });
});

async function defineWidgets(client: Client): Promise<ResourceKind> {
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  await client.create<KubeObject>(resources.customResourceDefinitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.test.weir.dev' },
    spec: {
      group: 'test.weir.dev',
      names,
      scope: 'Namespaced',
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  } as KubeObject);
  return { group: 'test.weir.dev', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
}
