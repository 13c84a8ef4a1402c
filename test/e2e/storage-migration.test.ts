import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { Client } from '@weir/kube';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControllerProcess, startController } from './controller-process.ts';
import { installDefinitions } from './llmisvc-target.ts';

const older = 'v1alpha1';
const today = 'v1alpha2';
const kinds: readonly ResourceKind[] = [servingResources.services, servingResources.configs];
const nameOf = ({ plural, group }: ResourceKind): string => `${plural}.${group}`;

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'a cluster whose objects are stored in a former version',
  () => {
    let plane: RealControlPlane;
    let client: Client;
    let controller: ControllerProcess | undefined;

    beforeAll(async () => {
      plane = await startRealControlPlane();
      client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kserve' } };
      await client.create(resources.namespaces, namespace);
      await installDefinitions(client, /^serving/);
    });
    afterAll(async () => {
      await controller?.stop();
      await plane?.stop();
    });

    /** What an older release's definitions say. */
    const storeAs = async (version: string): Promise<void> => {
      for (const kind of kinds) {
        const key = { namespace: '', name: nameOf(kind) };
        // The server's own controllers write it, too, while it is new.
        await eventually(`the definition of ${kind.plural}`, async () => {
          const { metadata, spec } = await client.get(resources.customResourceDefinitions, key);
          const versions = spec.versions.map((one) => ({ ...one, storage: one.name === version }));
          const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
          const changed = { ...definition, metadata, spec: { ...spec, versions } };
          return client.update(resources.customResourceDefinitions, changed);
        });
      }
    };
    const storedVersions = async (kind: ResourceKind): Promise<string[] | undefined> => {
      const key = { namespace: '', name: nameOf(kind) };
      return (await client.get(resources.customResourceDefinitions, key)).status?.storedVersions;
    };
    const create = (kind: ResourceKind, name: string): Promise<KubeObject> =>
      client.create({ ...kind, version: older }, {
        apiVersion: `${kind.group}/${older}`,
        kind: kind.kind,
        metadata: { name, namespace: 'default' },
        spec: { model: { uri: 'hf://example/model' }, router: { scheduler: { pool: { spec: olderPool } } } },
      } as KubeObject);

    test('has every object rewritten, with all that it says, and its definitions forget that version', async () => {
      await storeAs(older);
      await eventually('objects to be stored as before', async () => {
        await client.delete(servingResources.configs, { namespace: 'default', name: 'first' });
        await create(servingResources.configs, 'first');
        return (await stored(plane, servingResources.configs, 'first')).apiVersion.endsWith(older);
      });
      for (let i = 0; i < 5; i++) for (const kind of kinds) await create(kind, `one-${i}`);
      await storeAs(today);
      expect(await storedVersions(servingResources.configs)).toEqual([today, older]);

      controller = await startController(plane.kubeconfigPath, ['--storage-migration-poll-interval=1s']);
      for (const kind of kinds) {
        await eventually(
          `${kind.plural} to be rewritten`,
          async () => JSON.stringify(await storedVersions(kind)) === JSON.stringify([today]),
          { everyMs: 500, program: controller.program },
        );
        for (let i = 0; i < 5; i++) {
          expect(await stored(plane, kind, `one-${i}`)).toMatchObject({
            apiVersion: `${kind.group}/${today}`,
            spec: { router: { scheduler: { pool: { spec: poolOfToday } } } },
          });
        }
      }
      expect(controller.log()).toContain('stored objects are rewritten');
    });
  },
);

const olderPool = { targetPortNumber: 8000, selector: { app: 'x' }, extensionRef: { name: 'picker' } };
const poolOfToday = { targetPorts: [{ number: 8000 }], selector: { matchLabels: { app: 'x' } } };

/** As it lies in etcd. */
async function stored(plane: RealControlPlane, kind: ResourceKind, name: string): Promise<KubeObject> {
  const key = `/registry/${kind.group}/${kind.plural}/default/${name}`;
  const response = await fetch(`${plane.etcdUrl}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify({ key: Buffer.from(key).toString('base64') }),
  });
  const { kvs = [] } = (await response.json()) as { kvs?: { value: string }[] };
  return JSON.parse(Buffer.from(kvs[0]?.value ?? '', 'base64').toString()) as KubeObject;
}
