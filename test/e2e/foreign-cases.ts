import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import { eventually } from '@weir/testing';
import { expect, test } from 'vitest';
import {
  complaintsOf,
  createService,
  type FaultCluster,
  hasAllChildren,
  namespace,
} from './controller-faults-cluster.ts';
import type { ControllerProcess } from './controller-process.ts';
import { foreignChildren, foreignObject, likenesses, ownedBy } from './foreign-children.ts';

const model = { uri: 'hf://org/model', name: 'm' };
const routed = { model, router: { route: {}, gateway: {}, scheduler: {} } };
const nobodys = 'nobody controls it';

/** What controllers do with objects that are not theirs, in a cluster that serves every kind. */
export function foreignCases(
  running: () => { readonly cluster: FaultCluster; readonly controller: ControllerProcess },
): void {
  const versionsOf = async (
    objects: readonly (readonly [ResourceKind, KubeObject])[],
  ): Promise<(string | undefined)[]> =>
    Promise.all(
      objects.map(async ([kind, object]) => {
        const found = await running().cluster.client.find(kind, keyOf(object));
        return found?.metadata.resourceVersion;
      }),
    );
  const saysOf = async (name: string, texts: readonly string[]): Promise<boolean> =>
    eventually(
      `the conditions of ${name}`,
      async () => {
        const complaints = (await complaintsOf(running().cluster.client, name)).join('\n');
        for (const text of texts) expect(complaints).toContain(text);
        return true;
      },
      { program: running().controller.program },
    );
  const remove = async (name: string): Promise<void> => {
    const key = { namespace, name };
    const { client } = running().cluster;
    await client.delete(servingResources.services, key);
    await eventually(
      'the service to be gone',
      async () => (await client.find(servingResources.services, key)) === undefined,
      { program: running().controller.program },
    );
  };

  test.concurrent(
    'objects of others with names of children are neither taken over nor deleted, and named',
    async () => {
      const { client } = running().cluster;
      const owner = await client.create(
        resources.configMaps,
        foreignObject('v1', 'ConfigMap', 'their-owner'),
      );
      const foreign = foreignChildren(ownedBy(owner));
      for (const [kind, object] of foreign) await client.create(kind, object);
      const before = await versionsOf(foreign);
      await createService(client, 'taken', routed);
      await createService(client, 'taken-too', { model });
      await createService(client, 'bound', routed);
      await createService(client, 'sealed', { model });
      const theirs = 'it is controlled by ConfigMap their-owner';
      const expected = {
        taken: [
          ['Service default/taken-kserve-workload-svc', nobodys],
          ['ServiceAccount default/taken-epp-sa', nobodys],
          ['HTTPRoute default/taken-kserve-route', nobodys],
          ['InferencePool default/taken-inference-pool', theirs],
        ],
        'taken-too': [['Deployment default/taken-too-kserve', theirs]],
        sealed: [['Secret default/sealed-kserve-self-signed-certs', nobodys]],
        bound: [['ClusterRoleBinding default-bound-epp-auth-rb', nobodys]],
      };
      for (const [name, objects] of Object.entries(expected)) {
        const whose = `is not controlled by LLMInferenceService default/${name}`;
        await saysOf(
          name,
          objects.map(([object, why]) => `${object} exists and ${whose} (${why}) — delete or rename it`),
        );
      }
      for (const name of Object.keys(expected)) await remove(name);
      expect(await versionsOf(foreign)).toEqual(before);
    },
  );

  test.concurrent(
    'objects that equal ours in every field and are nobody’s are not adopted, and all of them are named',
    async () => {
      const { client } = running().cluster;
      const pattern = await createService(client, 'pattern', routed);
      await eventually('the pattern', () => hasAllChildren(client, pattern), {
        program: running().controller.program,
      });
      const foreign = await likenesses(client, 'pattern', 'equal');
      const before = await versionsOf(foreign);
      await createService(client, 'equal', routed);
      const named = ['ServiceAccount default/equal-epp-sa', 'Role default/equal-epp-role'];
      await saysOf('equal', [
        `${named.map((one) => `${one} (nobody's)`).join(', ')}, `,
        'HTTPRoute default/equal-kserve-route exists',
        'Deployment default/equal-kserve (nobody',
      ]);
      await client.patch(servingResources.services, { namespace, name: 'equal' }, { spec: { replicas: 2 } });
      await eventually('the second look', async () => {
        const { metadata, status } = await client.get(servingResources.services, {
          namespace,
          name: 'equal',
        });
        return status?.observedGeneration === metadata.generation;
      });
      await remove('equal');
      expect(await versionsOf(foreign)).toEqual(before);
    },
  );

  test('a child that somebody else made anew, unseen by the controller, stays as they made it', async () => {
    const { client, proxy } = running().cluster;
    const service = await createService(client, 'behind', routed);
    await eventually('the service', () => hasAllChildren(client, service), {
      program: running().controller.program,
    });
    // The controller keeps the copy of a Deployment that it is not told about any more.
    const isDeploymentWatch = (path: string): boolean => path.endsWith('/deployments');
    proxy.setRule(({ path, isWatch }) => (isWatch && isDeploymentWatch(path) ? { type: 'hang' } : undefined));
    proxy.cut();
    const key = { namespace, name: 'behind-kserve' };
    const ours = await client.get(resources.deployments, key);
    await client.delete(resources.deployments, key, { propagationPolicy: 'Background' });
    const { spec } = ours;
    const foreign = await client.create(resources.deployments, {
      ...foreignObject('apps/v1', 'Deployment', key.name),
      spec,
    } as Deployment);
    await client.patch(servingResources.services, { namespace, name: 'behind' }, { spec: { replicas: 4 } });
    await saysOf('behind', [
      `Deployment default/behind-kserve exists and is not controlled by LLMInferenceService default/behind (${nobodys})`,
    ]);
    const after = await client.get(resources.deployments, key);
    expect(after.metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);

    // When it is gone, while the watch still tells nothing, the child comes back.
    await client.delete(resources.deployments, key);
    await eventually(
      'our own again',
      async () => (await client.find(resources.deployments, key))?.spec?.replicas === 4,
      { program: running().controller.program },
    );
    proxy.setRule(undefined);
    proxy.cut();
  });

  test('a child whose labels somebody changed goes with its service all the same', async () => {
    const { client, proxy } = running().cluster;
    const service = await createService(client, 'renamed', { model });
    const key = { namespace, name: 'renamed-kserve' };
    await eventually('the Deployment', () => client.find(resources.deployments, key), {
      program: running().controller.program,
    });
    // The repair does not get through.
    proxy.setRule(({ method, path }) =>
      method === 'PATCH' && path.endsWith(`/${key.name}`) ? { type: 'answer', status: 500 } : undefined,
    );
    const labels = { 'app.kubernetes.io/name': 'other' };
    await client.patch(resources.deployments, key, { metadata: { labels } });
    await remove(service.metadata.name ?? '');
    expect(await client.find(resources.deployments, key)).toBeUndefined();
    proxy.setRule(undefined);
  });
}
