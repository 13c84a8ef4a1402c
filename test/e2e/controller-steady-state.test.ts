import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import { startLlmisvc } from '@weir/llmisvc';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installDefinitions, installGateway, installPresets } from './llmisvc-target.ts';

const quietMs = 1500;
const names = ['a', 'b', 'c', 'd', 'e'];
/** Services composed with the shared Config. */
const users = ['a', 'b'];

interface RunningController {
  /** `METHOD path` of everything asked for since the last `splice`, watches left out. */
  readonly requests: string[];
  stop(): Promise<void>;
}

async function startController(fetch: Fetch): Promise<RunningController> {
  const requests: string[] = [];
  const recording: Fetch = (path, init = {}) => {
    if (!path.includes('watch=true')) requests.push(`${init.method ?? 'GET'} ${path.split('?')[0]}`);
    return fetch(path, init);
  };
  const stop = new AbortController();
  const controller = await startLlmisvc({
    client: new Client({ fetch: recording, fieldManager: 'llmisvc-controller' }),
    log: silentLogger,
    signal: stop.signal,
    systemNamespace: 'kserve',
  });
  return {
    requests,
    async stop() {
      stop.abort();
      await controller.stopped();
    },
  };
}

/** Waits until nothing was asked for during a while: longer than the back-off after a first failure. */
async function settle({ requests }: RunningController): Promise<void> {
  let before = -1;
  for (let i = 0; i < 60 && requests.length !== before; i++) {
    before = requests.length;
    await sleep(quietMs);
  }
  expect(requests.length, 'requests go on and on').toBe(before);
}

const isWrite = (request: string): boolean => !request.startsWith('GET');

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('a controller whose services have settled', () => {
  let plane: RealControlPlane;
  let client: Client;
  let controller: RunningController;

  beforeAll(async () => {
    plane = await startRealControlPlane();
    client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
    await installDefinitions(client);
    await installPresets(client);
    await installGateway(client);
    await createNamespace('demo');
    await client.create(servingResources.configs as ResourceKind, sharedConfig(1));
    controller = await startController(plane.fetch);
    for (const name of names) await client.create(servingResources.services as ResourceKind, service(name));
    await eventually('the Deployments', async () => (await deployments()).length === names.length * 2);
    await eventually('the last write of each pass', async () => {
      const { items } = await client.list(servingResources.services, { namespace: 'demo' });
      return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
    });
    await settle(controller);
  });
  afterAll(async () => {
    await controller?.stop();
    await plane?.stop();
  });

  async function createNamespace(name: string): Promise<void> {
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  const deployments = async () => (await client.list(resources.deployments, { namespace: 'demo' })).items;

  test('made each of them with few requests', () => {
    const writes = controller.requests.filter(isWrite);
    // Presets get a finalizer and a status each; they are no part of the services.
    const perService =
      writes.filter((one) => !one.includes('llminferenceserviceconfigs')).length / names.length;
    expect(perService).toBeLessThanOrEqual(20);
    const looks = controller.requests.filter((one) => /^GET .*\/namespaces\/demo\/[a-z]+\/./.test(one));
    expect(looks, 'objects that are new are not looked at first').toEqual([]);
  });

  test('asks for nothing', async () => {
    controller.requests.splice(0);
    await sleep(4000);
    expect(controller.requests).toEqual([]);
  });

  test('brings the edit of a Config to its users only', async () => {
    await client.apply(servingResources.configs as ResourceKind, sharedConfig(2));
    await eventually('the new replicas', async () => {
      const changed = (await deployments()).filter(({ spec }) => spec?.replicas === 2);
      return changed.length === users.length;
    });
    await settle(controller);
    const touched = controller.requests.filter((one) => one.includes('/deployments/'));
    expect(touched.sort()).toEqual(
      users.map((name) => `PATCH /apis/apps/v1/namespaces/demo/deployments/${name}-kserve`),
    );
    const others = names.filter((name) => !users.includes(name));
    expect(controller.requests.filter((one) => others.some((name) => one.includes(`/${name}-`)))).toEqual([]);
  });

  test('writes nothing when it is started again, and still removes what is no longer wanted', async () => {
    await controller.stop();
    controller = await startController(plane.fetch);
    await settle(controller);
    expect(controller.requests.filter(isWrite)).toEqual([]);
    expect(controller.requests.filter((one) => /\/demo\/[a-z]+\/./.test(one))).toEqual([]);

    await controller.stop();
    const labels = async (): Promise<unknown> =>
      (await client.get(resources.deployments, { namespace: 'demo', name: 'c-kserve' })).spec?.template
        ?.metadata?.labels?.team;
    expect(await labels()).toBe('red');
    await client.patch(
      servingResources.services,
      { namespace: 'demo', name: 'c' },
      { spec: { labels: null } },
    );
    controller = await startController(plane.fetch);
    await eventually('the label to be gone', async () => (await labels()) === undefined);
  });

  test('finds a kind whose definition comes later', async () => {
    await client.create(servingResources.services as ResourceKind, multiNode());
    await settle(controller);
    controller.requests.splice(0);
    await sleep(quietMs);
    expect(controller.requests, 'a missing kind is not asked for again and again').toEqual([]);
    await installDefinitions(client, /^leaderworkerset/);
    await eventually(
      'the LeaderWorkerSet',
      async () => (await client.list(resources.leaderWorkerSets, { namespace: 'demo' })).items.length === 1,
    );
  });
});

function sharedConfig(replicas: number): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceServiceConfig',
    metadata: { namespace: 'demo', name: 'shared' },
    spec: { replicas },
  } as KubeObject;
}

function service(name: string): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { namespace: 'demo', name },
    spec: {
      model: { uri: 'hf://facebook/opt-125m', name: 'model' },
      labels: { team: 'red' },
      router: { route: {}, gateway: {}, scheduler: {} },
      ...(users.includes(name) ? { baseRefs: [{ name: 'shared' }] } : {}),
    },
  } as KubeObject;
}

function multiNode(): KubeObject {
  const { metadata, ...one } = service('z') as KubeObject & { spec: object };
  const spec = { ...one.spec, parallelism: { pipeline: 2 }, worker: {}, router: undefined };
  return { ...one, metadata, spec } as KubeObject;
}
