import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import { inferenceObjectivesX, inferencePoolV1 } from '@weir/api/inference';
import { keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { eventually, type Fault, type FaultRule, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  complaintsOf,
  createService,
  type FaultCluster,
  hasAllChildren,
  namespace,
  scaledObjectDefinition,
  startFaultCluster,
  startToucher,
} from './controller-faults-cluster.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { foreignCases } from './foreign-cases.ts';
import { childrenOf, installDefinitions, installGateway, isObserved } from './llmisvc-target.ts';

const model = { uri: 'hf://org/model', name: 'm' };
const routed = { model, router: { route: {}, gateway: {}, scheduler: {} } };
/** Objects that a routed service consists of. */
const quickstartSize = 11;
const status = (reason: string, code: number): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    code,
    message: 'injected',
  });

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('an API server that fails', () => {
  let cluster: FaultCluster;
  let controller: ControllerProcess;
  /** Rules of tests that run at the same time: each is about requests that name its service. */
  const rules = new Map<string, FaultRule>();

  beforeAll(async () => {
    // The other kinds come with the first test.
    cluster = await startFaultCluster(/^serving/);
    cluster.proxy.setRule((request) => {
      for (const [name, rule] of rules) if (request.path.includes(`/${name}`)) return rule(request);
      return undefined;
    });
    controller = await startController(cluster.kubeconfig, [], { webhooks: false });
  });
  afterAll(async () => {
    await controller?.stop();
    await cluster?.stop();
  });

  const isComplete = async (name: string): Promise<boolean> => {
    const service = await cluster.client.get(servingResources.services, { namespace, name });
    return (await hasAllChildren(cluster.client, service)) && (await isObserved(cluster.client, name));
  };
  const complete = (name: string): Promise<boolean> =>
    eventually(`${name} to be complete`, () => isComplete(name), { program: controller.program });
  const writesAbout = (name: string) =>
    cluster.proxy.requests.filter(({ method, path }) => method !== 'GET' && path.includes(`/${name}`));

  test('kinds whose CRDs are missing are named, and services complete by themselves when these appear', async () => {
    const { client } = cluster;
    const several = { template: {}, worker: {}, parallelism: { pipeline: 2 } };
    const trigger = {
      type: 'cron',
      metadata: { start: '0 6 * * *', end: '0 20 * * *', timezone: 'UTC', desiredReplicas: '2' },
    };
    const services = await Promise.all([
      createService(
        client,
        'routed',
        { model, router: { route: {}, gateway: {}, scheduler: {} } },
        { 'weir.dev/criticality': 'Critical' },
      ),
      createService(client, 'several', { model, ...several }),
      createService(client, 'scaled', { model, scaling: { maxReplicas: 3, keda: { triggers: [trigger] } } }),
    ]);
    const complaints = async (): Promise<string> =>
      (await Promise.all(services.map(({ metadata }) => complaintsOf(client, metadata.name ?? ''))))
        .flat()
        .join('\n');
    const missing = [
      'httproutes.gateway.networking.k8s.io',
      'inferencepools.inference.networking.k8s.io',
      'leaderworkersets.leaderworkerset.x-k8s.io',
      'scaledobjects.keda.sh',
    ];
    await eventually('conditions about all missing kinds', async () => {
      const text = await complaints();
      for (const name of missing) expect(text).toContain(name);
      return true;
    });
    const before = await Promise.all(
      services.map((one) => client.get(servingResources.services, keyOf(one))),
    );

    await installDefinitions(client, /^(gateway|inference|leaderworkerset)/);
    await client.create(resources.customResourceDefinitions, scaledObjectDefinition);
    await installGateway(client);
    await eventually(
      'the children of the new kinds',
      async () => {
        const found = await Promise.all([
          client.find(gatewayResources.httpRoutes, { namespace, name: 'routed-kserve-route' }),
          client.find(inferencePoolV1, { namespace, name: 'routed-inference-pool' }),
          client.list(inferenceObjectivesX, { namespace }).then(({ items }) => items[0]),
          client.find(resources.leaderWorkerSets, { namespace, name: 'several-kserve-mn' }),
          client.list(autoscalingResources.scaledObjects, { namespace }).then(({ items }) => items[0]),
        ]);
        return found.every((one) => one !== undefined);
      },
      { program: controller.program },
    );
    await eventually(
      'no condition about a missing kind',
      async () => !/does not serve/.test(await complaints()),
    );
    const after = await Promise.all(services.map((one) => client.get(servingResources.services, keyOf(one))));
    expect(after.map(({ metadata }) => metadata.generation)).toEqual(
      before.map(({ metadata }) => metadata.generation),
    );
  });

  test.concurrent(
    'throttling is obeyed: nothing is sent again before the time that the server named',
    async () => {
      const name = 'throttled';
      const refused = new Map<string, number>();
      const early: string[] = [];
      rules.set(name, ({ method, path, atMs }) => {
        const last = refused.get(`${method} ${path}`);
        if (last !== undefined) {
          if (atMs - last < 950) early.push(`${method} ${path} after ${atMs - last} ms`);
          return undefined;
        }
        refused.set(`${method} ${path}`, atMs);
        return {
          type: 'answer',
          status: 429,
          headers: { 'retry-after': '1' },
          body: status('TooManyRequests', 429),
        };
      });
      await createService(cluster.client, name, { model });
      await eventually('the Deployment', () =>
        cluster.client.find(resources.deployments, { namespace, name: `${name}-kserve` }),
      );
      await eventually('the status', () => isObserved(cluster.client, name));
      expect(refused.size).toBeGreaterThan(3);
      expect(early).toEqual([]);
    },
  );

  test.concurrent(
    'errors, resets, lost, torn and late answers delay a service and change nothing of it',
    async () => {
      const name = 'unlucky';
      const faults: readonly Fault[] = [
        { type: 'answer', status: 500, body: 'not even JSON' },
        { type: 'reset' },
        { type: 'loseAnswer' },
        { type: 'truncate', bytes: 20 },
        { type: 'slow', ms: 400 },
        { type: 'answer', status: 503, body: status('ServiceUnavailable', 503) },
      ];
      let turn = 0;
      rules.set(name, () =>
        turn < 24 && turn++ % 2 === 0 ? faults[(turn >> 1) % faults.length] : undefined,
      );
      await createService(cluster.client, 'lucky', routed);
      await createService(cluster.client, name, routed);
      await eventually('the same children', async () => {
        const [unlucky, lucky] = await Promise.all(
          [name, 'lucky'].map((one) => childrenOf(cluster.client, one)),
        );
        expect(unlucky).toEqual(lucky?.map((child) => child.replaceAll('lucky', name)));
        return unlucky?.length === quickstartSize && (await isObserved(cluster.client, name));
      });
    },
  );

  test.concurrent('conflicts with a writer that never rests starve neither children nor status', async () => {
    const { client } = cluster;
    const name = 'busy';
    const { services } = servingResources;
    await createService(client, name, routed);
    await complete(name);
    const toucher = startToucher(client, [
      { kind: services as ResourceKind, name },
      { kind: resources.deployments as ResourceKind, name: `${name}-kserve` },
      { kind: resources.services as ResourceKind, name: `${name}-kserve-workload-svc` },
    ]);
    try {
      await client.patch(services, { namespace, name }, { spec: { replicas: 3 } });
      await eventually('the replicas', async () => {
        const deployment = await client.get(resources.deployments, { namespace, name: `${name}-kserve` });
        return deployment.spec?.replicas === 3 && (await isObserved(client, name));
      });
      // A write that conflicts comes again, after a pause that grows with every conflict.
      await eventually('a hundred touches that cost no write', async () => {
        const from = writesAbout(name).length;
        const touchedBefore = toucher.touches();
        await eventually('a hundred touches', () => toucher.touches() > touchedBefore + 100);
        return writesAbout(name).length === from;
      });
    } finally {
      await toucher.stop();
    }
  });

  describe('what is not ours', () => foreignCases(() => ({ cluster, controller })));

  test('after a crash and a compaction, what happened in between is found out by a new list', async () => {
    const { client, plane, proxy } = cluster;
    await createService(client, 'missed', routed);
    await complete('missed');
    await createService(client, 'left', routed);
    await complete('left');
    // The controller hears nothing of the following.
    proxy.setRule(() => ({ type: 'reset' }));
    proxy.cut();
    await client.delete(resources.services, { namespace, name: 'missed-kserve-workload-svc' });
    await client.patch(servingResources.services, { namespace, name: 'missed' }, { spec: { replicas: 2 } });
    await client.delete(servingResources.services, { namespace, name: 'left' });
    await createService(client, 'unheard', routed);
    await plane.crash();
    await compact(plane.etcdUrl);
    await plane.revive();
    const from = proxy.requests.length;
    proxy.setRule(undefined);
    await complete('unheard');
    await eventually('the repair', async () => {
      const deployment = await client.get(resources.deployments, { namespace, name: 'missed-kserve' });
      return deployment.spec?.replicas === 2 && (await isComplete('missed'));
    });
    await eventually(
      'the deleted service to be gone',
      async () => (await childrenOf(client, 'left')).length === 0,
    );
    const lists = proxy.requests
      .slice(from)
      .filter(({ path, isWatch }) => !isWatch && path.endsWith('/llminferenceservices'));
    expect(lists.length).toBeGreaterThan(0);
  });

  test('a watch that is told to be too old begins anew', async () => {
    const { proxy, client } = cluster;
    const told = new Set<string>();
    proxy.setRule(({ isWatch, path }) => {
      if (!isWatch || told.has(path)) return undefined;
      told.add(path);
      return {
        type: 'answer',
        status: 200,
        body: `${JSON.stringify({ type: 'ERROR', object: JSON.parse(status('Expired', 410)) })}\n`,
      };
    });
    proxy.cut();
    await createService(client, 'renewed', routed);
    await complete('renewed');
    // The service needs few of the watches; each comes back in its own time.
    await eventually('every watch told', () => told.size > 10);
    proxy.setRule(undefined);
  });

  test('a crash in the middle of reconciliation loses nothing', async () => {
    const { client, plane } = cluster;
    const names = [1, 2, 3, 4, 5, 6].map((n) => `halfway-${n}`);
    await Promise.all(names.map((name) => createService(client, name, routed)));
    await eventually('the first children', async () => (await childrenOf(client, 'halfway-1')).length > 0, {
      everyMs: 10,
    });
    await plane.crash();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await plane.revive();
    await Promise.all(
      names.map((name) =>
        eventually(
          `all of ${name}`,
          async () => (await childrenOf(client, name)).length === quickstartSize && isObserved(client, name),
        ),
      ),
    );
  });
});

/** Makes etcd forget all former revisions. */
async function compact(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
    const response = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as { header?: { revision?: string } };
  };
  const { header } = await call('range', { key: Buffer.from('/').toString('base64') });
  await call('compaction', { revision: header?.revision, physical: true });
}
