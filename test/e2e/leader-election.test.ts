import { resources } from '@weir/api/meta';
import { Client } from '@weir/kube';
import { webhookKinds } from '@weir/kube/admission';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControllerProcess, startController, untilAsked } from './controller-process.ts';
import { installDefinitions } from './llmisvc-target.ts';

const configuration = { namespace: '', name: 'llminferenceservice.serving.kserve.io' };
const lease = { namespace: 'kserve', name: 'llminferenceservice-kserve-controller-manager' };

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('two controllers of one cluster', () => {
  let plane: RealControlPlane;
  let client: Client;
  const controllers: ControllerProcess[] = [];

  beforeAll(async () => {
    plane = await startRealControlPlane();
    client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kserve' } };
    await client.create(resources.namespaces, namespace);
    await installDefinitions(client);
  });

  afterAll(async () => {
    for (const controller of controllers) await controller.stop();
    await plane?.stop();
  });

  async function leads({ text, metricsPort }: ControllerProcess): Promise<boolean> {
    const metrics = await text(metricsPort, '/metrics');
    return metrics.includes(`leader_election_master_status{name="${lease.name}"} 1`);
  }

  test('one reconciles and is asked by the API server; the other takes over when it is gone', async () => {
    const first = await startController(plane.kubeconfigPath, ['--leader-elect']);
    controllers.push(first);
    await eventually('the first to lead', () => leads(first));
    // By then it has written everything that tells the API server about it.
    await eventually('its work', () => first.log().includes('controller runs'));
    await untilAsked(client);
    const second = await startController(plane.kubeconfigPath, ['--leader-elect']);
    controllers.push(second);
    expect(await leads(second)).toBe(false);
    const held = await client.get(resources.leases, lease);
    const asked = await client.get(webhookKinds.validating, configuration);
    // Who leads later does not fight over the address until then.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const still = await client.get(webhookKinds.validating, configuration);
    expect(still.metadata.resourceVersion).toBe(asked.metadata.resourceVersion);
    await first.stop();
    await eventually('the second to lead', () => leads(second));
    const taken = await client.get(resources.leases, lease);
    await eventually('the second to be asked', async () => {
      const { metadata } = await client.get(webhookKinds.validating, configuration);
      return metadata.resourceVersion !== asked.metadata.resourceVersion;
    });
    expect(taken.spec?.holderIdentity).not.toBe(held.spec?.holderIdentity);
  });
});
