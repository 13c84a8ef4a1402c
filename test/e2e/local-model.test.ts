import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { type ModelCache, modelCacheResources, servingResources } from '@weir/api/serving';
import { Client } from '@weir/kube';
import { eventually, hasComponents, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startController, untilAsked } from './controller-process.ts';
import { foreignKinds } from './foreign-kinds.ts';
import { installDefinitions, installPresets, startTarget } from './llmisvc-target.ts';

interface Cluster {
  readonly client: Client;
  stop(): Promise<void>;
}

const targets = [
  { name: 'in the embedded API server', isAvailable: true, start: () => startTarget('embedded') },
  {
    name: 'by webhooks of a real API server',
    isAvailable: hasComponents('etcd', 'kube-apiserver'),
    start: startReal,
  },
];

async function startReal(): Promise<Cluster> {
  const plane = await startRealControlPlane();
  const client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
  await installDefinitions(client);
  await installPresets(client);
  const controller = await startController(plane.kubeconfigPath);
  await untilAsked(client);
  return {
    client,
    async stop() {
      await controller.stop();
      await plane.stop();
    },
  };
}

const key = 'internal.serving.kserve.io/localmodel';
const forged = {
  labels: { [key]: 'mine', team: 'a' },
  annotations: { [`${key}-sourceuri`]: 'hf://org/model', [`${key}-pvc-name`]: 'mine' },
};
const settings = { namespace: 'kserve', name: 'inferenceservice-config' };

/** The steps follow each other. */
describe.each(targets.filter(({ isAvailable }) => isAvailable))('caches of models $name', ({ start }) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await start();
  });
  afterAll(() => cluster?.stop());

  test('what a user wrote is taken away, as long as the platform uses none', async () => {
    expect(await reviewed()).toEqual({ labels: { team: 'a' } });
    expect(await reviewed('v1alpha1')).toEqual({ labels: { team: 'a' } });
  });

  test('where their kinds are missing, there are none', async () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: settings };
    await cluster.client.create(
      resources.configMaps as ResourceKind,
      {
        ...configMap,
        data: { localModel: '{"enabled": true}' },
      } as KubeObject,
    );
    expect(await reviewed()).toEqual({ labels: { team: 'a' } });
  });

  test('once their kinds come, a service names the one that holds its model, and its pods read from there', async () => {
    const { client } = cluster;
    for (const definition of foreignKinds.filter(({ metadata }) => metadata.name?.startsWith('localmodel')))
      await client.create(resources.customResourceDefinitions as ResourceKind, definition);
    await eventually('the kinds', () => client.create(modelCacheResources.ofCluster, cacheOf('all')));
    const ofCluster = {
      labels: { team: 'a', [key]: 'all' },
      annotations: { [`${key}-sourceuri`]: 'hf://org', [`${key}-pvc-name`]: 'all-gpus' },
    };
    for (const version of ['v1alpha1', 'v1alpha2'])
      await eventually('the cache of the cluster', async () => (await reviewed(version)).labels?.[key]);
    expect(await reviewed()).toEqual(ofCluster);
    expect(await reviewed('v1alpha1')).toEqual(ofCluster);

    await client.create(modelCacheResources.ofNamespace, cacheOf('own', 'default'));
    await eventually('the cache of the namespace', async () => (await reviewed()).labels?.[key] === 'own');
    const created = await client.create(servingResources.services as ResourceKind, service('v1alpha2'));
    expect(created.metadata.labels).toEqual({ team: 'a', [key]: 'own', [`${key}-namespace`]: 'default' });
    const deployment = await eventually('its Deployment', () =>
      client.find(resources.deployments, { namespace: 'default', name: 'cached-kserve' }),
    );
    expect(deployment.spec?.template?.spec?.volumes).toContainEqual(
      expect.objectContaining({ persistentVolumeClaim: expect.objectContaining({ claimName: 'own-gpus' }) }),
    );
  });

  test('settings that cannot be read are named, and keep nobody from deleting', async () => {
    const { client } = cluster;
    await client.patch(resources.configMaps, settings, { data: { localModel: '{"enabled"' } });
    const refusal = eventually('the refusal', async () =>
      reviewed().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    expect(await refusal).toMatch(/ConfigMap inferenceservice-config, key localModel: not a JSON object/);
    await client.delete(servingResources.services, { namespace: 'default', name: 'cached' });
    await client.patch(resources.configMaps, settings, { data: { localModel: null } });
    await eventually('settings that can be read', () => reviewed().catch(() => undefined));
  });

  /** Labels and annotations as admission leaves them. */
  async function reviewed(
    version = 'v1alpha2',
  ): Promise<Pick<KubeObject['metadata'], 'labels' | 'annotations'>> {
    const kind: ResourceKind = { ...servingResources.services, version };
    const { metadata } = await cluster.client.create(kind, service(version), { dryRun: true });
    const { labels, annotations } = metadata;
    return {
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    };
  }
});

function service(version: string): KubeObject & { spec: object } {
  return {
    apiVersion: `serving.kserve.io/${version}`,
    kind: 'LLMInferenceService',
    metadata: { name: 'cached', namespace: 'default', ...forged },
    spec: { model: { uri: 'hf://org/model' } },
  };
}

function cacheOf(name: string, namespace?: string): ModelCache & KubeObject {
  const { kind } = namespace === undefined ? modelCacheResources.ofCluster : modelCacheResources.ofNamespace;
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { sourceModelUri: 'hf://org', nodeGroups: ['gpus'] },
  };
}
