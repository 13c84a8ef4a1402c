import { resources } from '@weir/api/meta';
import { eventually } from '@weir/testing';
import { describe, expect, test } from 'vitest';
import { apiServers, templateOf, useControllers } from './controllers-target.ts';

/** How Deployments and their ReplicaSets roll, scale and heal. */
describe.each(apiServers)('controllers on $name', ({ start }) => {
  const target = useControllers(start);

  test('a deployment gets one replica set, its pods a node, and its status the standard conditions', async () => {
    const deployment = await target().deploy('web');
    const [set, ...others] = await target().replicaSets();
    expect(others).toEqual([]);
    expect(set?.metadata.labels?.['pod-template-hash']).toBe(set?.metadata.name?.slice('web-'.length));
    expect((await target().pods()).map((pod) => pod.spec?.nodeName)).toEqual(['node-a', 'node-a', 'node-a']);
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
    await target().deploy('web', { replicas: 1 });
    for (const replicas of [6, 2, 0]) {
      await target().client.patch(resources.deployments, target().at('web'), { spec: { replicas } });
      await target().rolledOut('web');
      await eventually('the pods', async () => (await target().pods()).length === replicas);
    }
    expect((await target().replicaSets()).length).toBe(1);
  });

  test('a burst of 60 replicas creates no pod twice', async () => {
    const before = await target().version(resources.pods);
    await target().deploy('web', { replicas: 60 });
    const changes = await target().changesSince(resources.pods, before);
    const created = changes.filter(({ type }) => type === 'ADDED').map(({ object }) => object.metadata.uid);
    expect([created.length, new Set(created).size]).toEqual([60, 60]);
    expect((await target().pods()).length).toBe(60);
  });

  test('a new template rolls out within surge and unavailable and keeps the history', async () => {
    await target().deploy('web', { replicas: 4 });
    const sets = await target().replicaSets();
    const before = await target().version(resources.replicaSets);
    await target().client.patch(resources.deployments, target().at('web'), {
      spec: { template: templateOf({ app: 'web' }, '2') },
    });
    const deployment = await target().rolledOut('web');
    const sizes = new Map(sets.map(({ metadata, spec }) => [metadata.name, spec?.replicas ?? 0]));
    const totals = (await target().changesSince(resources.replicaSets, before)).map(({ object }) => {
      sizes.set(object.metadata.name, object.spec?.replicas ?? 0);
      return [...sizes.values()].reduce((sum, size) => sum + size, 0);
    });
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect((await target().replicaSets()).map((set) => set.spec?.replicas).sort()).toEqual([0, 4]);
    // 25 % of 4: at most one more and one less than asked for.
    expect(Math.max(...totals)).toBeLessThanOrEqual(5);
    expect(Math.min(...totals)).toBeGreaterThanOrEqual(3);
  });

  test('a template that never gets ready stops the rollout, reports the deadline, and going back heals it', async () => {
    await target().deploy('web', { replicas: 4, progressDeadlineSeconds: 1 });
    await target().client.patch(resources.deployments, target().at('web'), {
      spec: { template: templateOf({ app: 'web', broken: 'yes' }, '1') },
    });
    // Times of conditions are whole seconds, so that a deadline of one can pass before the first new pod is made.
    await eventually('the deadline, with as many new pods as may be unavailable', async () => {
      const { status } = await target().client.get(resources.deployments, target().at('web'));
      const progress = status?.conditions?.find(({ type }) => type === 'Progressing');
      const counts = [status?.availableReplicas, status?.unavailableReplicas, status?.updatedReplicas];
      return progress?.reason === 'ProgressDeadlineExceeded' && counts.join() === '3,2,2';
    });
    await target().client.patch(resources.deployments, target().at('web'), {
      spec: { template: { metadata: { labels: { broken: null } } } },
    });
    const healed = await target().rolledOut('web');
    expect(healed.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  test('recreate ends every old pod before a new one starts', async () => {
    await target().deploy('web', { replicas: 2, strategy: { type: 'Recreate' } });
    const old = new Set((await target().pods()).map((pod) => pod.metadata.uid));
    const before = await target().version(resources.pods);
    await target().client.patch(resources.deployments, target().at('web'), {
      spec: { template: templateOf({ app: 'web' }, '2') },
    });
    await target().rolledOut('web');
    const changes = (await target().changesSince(resources.pods, before)).flatMap(({ type, object }) => {
      const isOld = old.has(object.metadata.uid);
      if (type === 'DELETED' && isOld) return 'old gone';
      return type === 'ADDED' && !isOld ? 'new' : [];
    });
    expect(changes).toEqual(['old gone', 'old gone', 'new', 'new']);
  });

  test('a paused deployment keeps its pods, and scales', async () => {
    await target().deploy('web', { replicas: 2 });
    await target().client.patch(resources.deployments, target().at('web'), {
      spec: { paused: true, template: templateOf({ app: 'web' }, '2') },
    });
    await target().client.patch(resources.deployments, target().at('web'), { spec: { replicas: 3 } });
    await eventually('three pods', async () => (await target().pods()).length === 3);
    const images = new Set((await target().pods()).map((pod) => pod.spec?.containers[0]?.image));
    expect([...images]).toEqual(['example/server:1']);
    await target().client.patch(resources.deployments, target().at('web'), { spec: { paused: false } });
    await target().rolledOut('web');
  });

  test('old replica sets beyond the history limit are deleted', async () => {
    await target().deploy('web', { replicas: 1, revisionHistoryLimit: 1 });
    for (const version of ['2', '3', '4']) {
      await target().client.patch(resources.deployments, target().at('web'), {
        spec: { template: templateOf({ app: 'web' }, version) },
      });
      await target().rolledOut('web');
    }
    await eventually('the history', async () => (await target().replicaSets()).length === 2);
  });

  test('a lost pod is replaced, an orphan adopted and a relabelled pod released', async () => {
    await target().deploy('web', { replicas: 2 });
    const [first, second] = await target().pods();
    await target().client.delete(resources.pods, target().at(first?.metadata.name ?? ''));
    await eventually('a new pod', async () => {
      const names = (await target().pods()).map((pod) => pod.metadata.name);
      return names.length === 2 && !names.includes(first?.metadata.name);
    });
    await target().client.patch(resources.pods, target().at(second?.metadata.name ?? ''), {
      metadata: { labels: { app: 'other' } },
    });
    await eventually('the release', async () => {
      const pod = await target().client.get(resources.pods, target().at(second?.metadata.name ?? ''));
      return (pod.metadata.ownerReferences ?? []).length === 0;
    });
    await eventually('its replacement', async () => (await target().pods()).length === 3);
    await target().client.patch(resources.pods, target().at(second?.metadata.name ?? ''), {
      metadata: { labels: { app: 'web' } },
    });
    // Adopted, it is one too many.
    await eventually('the right number', async () => (await target().pods()).length === 2);
  });
});
