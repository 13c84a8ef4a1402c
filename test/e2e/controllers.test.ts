import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { eventually } from '@weir/testing';
import { describe, expect, test } from 'vitest';
import { apiServers, useControllers } from './controllers-target.ts';

/** What goes with its owner or its namespace, where pods go, and who reaches them. */
describe.each(apiServers)('controllers on $name', ({ start }) => {
  const target = useControllers(start);

  for (const propagationPolicy of ['Background', 'Foreground'] as const) {
    test(`${propagationPolicy} deletion takes replica sets and pods along`, async () => {
      await target().deploy('web');
      await target().client.delete(resources.deployments, target().at('web'), { propagationPolicy });
      await eventually('the end', async () => {
        const left = [...(await target().pods()), ...(await target().replicaSets())].length;
        return (
          left === 0 && (await target().client.find(resources.deployments, target().at('web'))) === undefined
        );
      });
    });
  }

  test('orphan deletion leaves the replica set and its pods', async () => {
    await target().deploy('web', { replicas: 2 });
    await target().client.delete(resources.deployments, target().at('web'), { propagationPolicy: 'Orphan' });
    await eventually(
      'the end',
      async () => (await target().client.find(resources.deployments, target().at('web'))) === undefined,
    );
    const [set] = await target().replicaSets();
    expect(set?.metadata.ownerReferences ?? []).toEqual([]);
    expect((await target().pods()).length).toBe(2);
  });

  test('objects owned by a custom resource go with it, also when its kind was defined later', async () => {
    const kind = await defineWidgets(target().client);
    const widget = await eventually('the kind', () =>
      target().client.create<KubeObject>(kind, {
        apiVersion: 'test.weir.dev/v1',
        kind: 'Widget',
        metadata: { name: 'one', namespace: target().namespace },
      }),
    );
    const { name = '', uid = '' } = widget.metadata;
    await target().client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'child',
        namespace: target().namespace,
        ownerReferences: [{ apiVersion: 'test.weir.dev/v1', kind: 'Widget', name, uid }],
      },
    });
    await target().client.delete(kind, target().at('one'));
    await eventually(
      'the child',
      async () => (await target().client.find(resources.configMaps, target().at('child'))) === undefined,
    );
  });

  test('an object whose owner never existed is deleted', async () => {
    await target().client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'child',
        namespace: target().namespace,
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: 'b1' }],
      },
    });
    await eventually(
      'the child',
      async () => (await target().client.find(resources.configMaps, target().at('child'))) === undefined,
    );
  });

  test('a service gets slices with the ready pods and resolved named ports', async () => {
    await target().client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: target().namespace },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    });
    await target().deploy('web', { replicas: 2 });
    const slice = await eventually('the slice', async () => {
      const { items } = await target().client.list(resources.endpointSlices, {
        namespace: target().namespace,
        labelSelector: 'kubernetes.io/service-name=web',
      });
      return items.find((item) => item.endpoints.filter(({ conditions }) => conditions?.ready).length === 2);
    });
    expect(slice.ports).toEqual([{ name: 'http', port: 8000, protocol: 'TCP' }]);
    const addresses = (await target().pods()).map((pod) => pod.status?.podIP).sort();
    expect(slice.endpoints.flatMap((endpoint) => endpoint.addresses).sort()).toEqual(addresses);
    await target().client.delete(resources.services, target().at('web'));
    await eventually('its end', async () => {
      const { items } = await target().client.list(resources.endpointSlices, {
        namespace: target().namespace,
      });
      return items.length === 0;
    });
  });

  test('a pod that asks for too much waits with a reason and is bound once a node has room', async () => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'huge', namespace: target().namespace },
      spec: { containers: [{ name: 'a', image: 'a', resources: { requests: { cpu: '64' }, limits: {} } }] },
    };
    await target().client.create(resources.pods, pod);
    const waiting = await eventually('the condition', async () => {
      const current = await target().client.get(resources.pods, target().at('huge'));
      return current.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    });
    expect(waiting).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    });
    const { items } = await eventually('the event', async () => {
      const events = await target().client.list(resources.events, { namespace: target().namespace });
      return events.items.some(({ reason }) => reason === 'FailedScheduling') ? events : undefined;
    });
    expect(items.map(({ reason, type }) => [reason, type])).toContainEqual(['FailedScheduling', 'Warning']);
    const node = { namespace: '', name: 'node-a' };
    await target().client.patch(
      resources.nodes,
      node,
      { status: { allocatable: { cpu: '128' } } },
      { subresource: 'status' },
    );
    await eventually(
      'the binding',
      async () => (await target().client.get(resources.pods, target().at('huge'))).spec?.nodeName,
    );
  });

  test('a restart changes nothing that is right, and heals what went wrong meanwhile', async () => {
    await target().deploy('web', { replicas: 2 });
    await target().deploy('other', { replicas: 1 });
    const old = /^(web|other)/;
    const versions = async (): Promise<unknown> => {
      const lists = await Promise.all([target().replicaSets(), target().pods()]);
      const deployments = await target().client.list(resources.deployments, {
        namespace: target().namespace,
      });
      return [...lists.flat(), ...deployments.items]
        .filter(({ metadata }) => old.test(metadata.name ?? ''))
        .map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    };
    const before = await versions();
    await target().restart();
    // By the time that this is made, the controllers have looked at all that was there.
    await target().deploy('later', { replicas: 1 });
    expect(await versions()).toEqual(before);
    await target().client.delete(resources.deployments, target().at('later'));
    const [lost] = (await target().pods()).filter((pod) => pod.metadata.labels?.app === 'web');
    await target().restart(async () => {
      await target().client.delete(resources.pods, target().at(lost?.metadata.name ?? ''), {
        gracePeriodSeconds: 0,
      });
      await target().client.delete(resources.deployments, target().at('other'), {
        propagationPolicy: 'Background',
      });
    });
    await eventually('the healing', async () => {
      const names = (await target().pods()).map((pod) => pod.metadata.name ?? '');
      return names.length === 2 && names.every((name) => name.startsWith('web-'));
    });
  });

  test('a namespace has a service account and the CA, and its deletion takes everything in it', async () => {
    await eventually('the account', () =>
      target().client.find(resources.serviceAccounts, target().at('default')),
    );
    const config = await eventually('the CA', () =>
      target().client.find(resources.configMaps, target().at('kube-root-ca.crt')),
    );
    expect(config.data?.['ca.crt']).toBe(target().caPem);
    await target().deploy('web');
    await target().client.delete(resources.namespaces, { namespace: '', name: target().namespace });
    await eventually('the end', async () => {
      const found = await target().client.find(resources.namespaces, {
        namespace: '',
        name: target().namespace,
      });
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
