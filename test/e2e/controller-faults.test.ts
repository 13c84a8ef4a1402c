import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import { inferenceObjectivesX, inferencePoolV1 } from '@weir/api/inference';
import { keyOf, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { eventually, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  complaintsOf,
  createService,
  type FaultCluster,
  namespace,
  scaledObjectDefinition,
  startFaultCluster,
} from './controller-faults-cluster.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { installDefinitions, installGateway } from './llmisvc-target.ts';

const model = { uri: 'hf://org/model', name: 'm' };

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('kinds whose CRDs appear late', () => {
  let cluster: FaultCluster;
  let controller: ControllerProcess;

  beforeAll(async () => {
    cluster = await startFaultCluster(/^serving/);
    controller = await startController(cluster.kubeconfig, [], { webhooks: false });
  });
  afterAll(async () => {
    await controller?.stop();
    await cluster?.stop();
  });

  test('services say what is missing, and complete by themselves once it is there', async () => {
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
});
