import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, type LLMInferenceServiceSpec, servingResources } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import { hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TargetName } from './llmisvc-target.ts';
import {
  eventsOf,
  fakeDevice,
  type RolloutTarget,
  revisionsOf,
  sharedFakeDevice,
  startRolloutTarget,
} from './rollout-target.ts';

const isReal = hasComponents('etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler');
const targets: readonly TargetName[] = isReal ? ['embedded', 'kubernetes'] : ['embedded'];
const namespace = 'default';
const apiVersion = 'serving.kserve.io/v1alpha2';
const model = { uri: 'hf://org/model' };

describe.each(targets)('rollouts on the cluster: %s', (targetName) => {
  let target: RolloutTarget;
  beforeAll(async () => {
    target = await startRolloutTarget(targetName);
  });
  afterAll(() => target?.stop());

  const create = (name: string, spec: LLMInferenceServiceSpec): Promise<LLMInferenceService> =>
    target.client.create(servingResources.services, {
      apiVersion,
      kind: 'LLMInferenceService',
      metadata: { name, namespace },
      spec: { model, ...spec },
    });
  const patch = (name: string, spec: object): Promise<LLMInferenceService> =>
    target.client.patch(servingResources.services, { namespace, name }, { spec });
  const service = (name: string): Promise<LLMInferenceService> =>
    target.client.get(servingResources.services, { namespace, name });
  const deployment = (name: string): Promise<Deployment> =>
    target.client.get(resources.deployments, { namespace, name: `${name}-kserve` });
  const settled = (name: string): Promise<void> =>
    untilHolds(async () => {
      const { metadata, spec, status } = await deployment(name);
      expect(status).toMatchObject({
        observedGeneration: metadata.generation,
        replicas: spec?.replicas ?? 1,
        updatedReplicas: spec?.replicas ?? 1,
        availableReplicas: spec?.replicas ?? 1,
      });
    });
  const revisions = async (name: string): Promise<number> =>
    (await revisionsOf(target.client, `${name}-kserve`)).length;

  test('five patches within two seconds roll the pods once', async () => {
    await create('burst', { template: podOf('engine:0') });
    await settled('burst');
    const rolls = await fiveTimes((count) =>
      patch('burst', { template: podOf(`engine:${count}`), replicas: count === 1 ? 2 : 3 }),
    );
    const { generation } = (await service('burst')).metadata;
    // The count is nothing that restarts pods.
    await untilHolds(async () => expect((await deployment('burst')).spec?.replicas).toBe(3));
    await untilHolds(async () =>
      expect((await service('burst')).status?.observedGeneration).toBe(generation),
    );
    await untilHolds(async () => expect(imageOf(await deployment('burst'))).toBe('engine:5'));
    await settled('burst');
    expect(rolls).toContain((await revisions('burst')) - 1);
    expect(rolls).toContain(target.templatesOf('burst-kserve') - 1);
    // A controller under load may see two changes as one.
    const told =
      /^RolloutCoalesced: [2-5] changes merged into revision \d of Deployment default\/burst-kserve$/;
    await untilHolds(async () =>
      expect(await eventsOf(target.client, 'burst')).toContainEqual(expect.stringMatching(told)),
    );
  });

  test.concurrent(
    'five changes of a shared Config roll those pods once that they change, and no others',
    async () => {
      const { client } = target;
      const config = (name: string) => ({
        apiVersion,
        kind: 'LLMInferenceServiceConfig',
        metadata: { name, namespace },
        spec: { template: podOf('engine:0') },
      });
      await client.create(servingResources.configs, config('shared'));
      await client.create(servingResources.configs, config('other'));
      const users = Array.from({ length: 9 }, (_, index) => `user-${index}`);
      const others = Array.from({ length: 3 }, (_, index) => `other-${index}`);
      await Promise.all([
        ...users.map((name) => create(name, { baseRefs: [{ name: 'shared' }] })),
        // What it takes from the Config is not what changes.
        create('decided', { baseRefs: [{ name: 'shared' }], template: podOf('engine:own') }),
        ...others.map((name) => create(name, { baseRefs: [{ name: 'other' }] })),
      ]);
      const all = [...users, 'decided', ...others];
      await Promise.all(all.map(settled));
      const rolls = await fiveTimes((count) => {
        const change = { spec: { template: podOf(`engine:${count}`) } };
        return client.patch(servingResources.configs, { namespace, name: 'shared' }, change);
      });
      await Promise.all(
        users.map((name) => untilHolds(async () => expect(imageOf(await deployment(name))).toBe('engine:5'))),
      );
      await Promise.all(all.map(settled));
      for (const name of users) {
        expect(rolls, name).toContain((await revisions(name)) - 1);
        expect(rolls, name).toContain(target.templatesOf(`${name}-kserve`) - 1);
      }
      for (const name of ['decided', ...others]) expect(await revisions(name), name).toBe(1);
    },
  );

  test.concurrent('groups of pods, of both roles, are rolled once for five patches', async () => {
    const roles = (image: string): LLMInferenceServiceSpec => ({
      template: podOf(image),
      worker: podOf(image),
      prefill: { parallelism: { data: 4, dataLocal: 2 }, template: podOf(image), worker: podOf(image) },
    });
    const picker = { scheduler: { pool: { ref: { name: 'somebody-elses' } } } };
    await create('groups', { ...roles('engine:0'), parallelism: { data: 4, dataLocal: 2 }, router: picker });
    const sets = () =>
      Promise.all(
        ['groups-kserve-mn', 'groups-kserve-mn-prefill'].map((name) =>
          target.client.get(resources.leaderWorkerSets, { namespace, name }),
        ),
      );
    await untilHolds(async () =>
      expect((await sets()).map(({ metadata }) => metadata.generation)).toEqual([1, 1]),
    );
    const rolls = await fiveTimes((count) => patch('groups', roles(`engine:${count}`)));
    await untilHolds(async () => {
      const images = (await sets()).map(
        ({ spec }) => spec?.leaderWorkerTemplate.workerTemplate.spec?.containers[0]?.image,
      );
      expect(images).toEqual(['engine:5', 'engine:5']);
    });
    for (const { metadata } of await sets())
      expect(rolls, metadata.name).toContain((metadata.generation ?? 0) - 1);
  });

  test.concurrent('a cluster with exactly the devices in use finishes an image update', async () => {
    await create('tight', { template: podOf('engine:0', { [fakeDevice]: '1' }) });
    await settled('tight');
    expect((await deployment('tight')).spec?.strategy?.rollingUpdate?.maxSurge).toBe('25%');
    await patch('tight', { template: podOf('engine:1', { [fakeDevice]: '1' }) });
    await finishesInPlace('tight', fakeDevice);
    await untilHolds(async () =>
      expect(await eventsOf(target.client, 'tight')).toContainEqual(
        expect.stringMatching(/^NoSpareRoom: Deployment tight-kserve replaces its pods one by one/),
      ),
    );
  });

  // The embedded server has no quotas.
  test
    .skipIf(targetName === 'embedded')
    .concurrent('so does a namespace that has used up its quota', async () => {
      const quotas = { ...resources.pods, kind: 'ResourceQuota', plural: 'resourcequotas' } as ResourceKind<
        KubeObject & { spec: unknown }
      >;
      await target.client.create(quotas, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'team', namespace },
        spec: { hard: { [`requests.${sharedFakeDevice}`]: '1' } },
      });
      await create('quota', { template: podOf('engine:0', { [sharedFakeDevice]: '1' }) });
      await settled('quota');
      await patch('quota', { template: podOf('engine:1', { [sharedFakeDevice]: '1' }) });
      await finishesInPlace('quota', 'room in quota team');
    });

  async function finishesInPlace(name: string, lacking: string): Promise<void> {
    await untilHolds(async () => expect(imageOf(await deployment(name))).toBe('engine:1'));
    await settled(name);
    const { spec, metadata } = await deployment(name);
    expect(spec?.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
    expect(metadata.annotations?.['weir.dev/no-spare']).toBe(lacking);
    await untilHolds(async () => {
      const { status } = await service(name);
      expect(status?.conditions?.find(({ type }) => type === 'RolloutStable')).toMatchObject({
        status: 'True',
        severity: 'Info',
        reason: 'NoSpareRoom',
        message: expect.stringContaining(`no ${lacking} to spare`),
      });
    });
  }
});

function podOf(image: string, limits: Record<string, string> = {}) {
  return { containers: [{ name: 'main', image, resources: { limits } }] };
}

function imageOf({ spec }: Deployment): string | undefined {
  return spec?.template.spec?.containers.find(({ name }) => name === 'main')?.image;
}

/** For how long changes are gathered. */
const holdMs = 2000;

/**
 * Calls it every 300 ms, however long a call takes. Returns how often that may restart pods: once, unless the machine
 * is so busy that the changes took longer than they are gathered for.
 */
async function fiveTimes(change: (count: number) => Promise<unknown>): Promise<number[]> {
  const startedAtMs = performance.now();
  for (let i = 0; i < 5; i++) {
    await sleep(Math.max(0, startedAtMs + i * 300 - performance.now()));
    await change(i + 1);
  }
  const most = Math.ceil((performance.now() - startedAtMs) / holdMs);
  return Array.from({ length: most }, (_, index) => index + 1);
}
