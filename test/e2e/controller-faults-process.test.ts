import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import type { Lease } from '@weir/api/workloads';
import { eventually, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createService,
  type FaultCluster,
  hasAllChildren,
  namespace,
  startFaultCluster,
} from './controller-faults-cluster.ts';
import { type ControllerProcess, isReady, launchController } from './controller-process.ts';
import { childrenOf, installGateway, isObserved } from './llmisvc-target.ts';

const lease = { namespace: 'kserve', name: 'llminferenceservice-kserve-controller-manager' };
const routed = {
  model: { uri: 'hf://org/model', name: 'm' },
  router: { route: {}, gateway: {}, scheduler: {} },
};
const leaseMs = 15_000;
/** Objects that a routed service consists of. */
const serviceSize = 11;
/** After which Kubernetes kills what has been told to end. */
const podGraceMs = 30_000;

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'controller processes that end, pause and wait',
  () => {
    let cluster: FaultCluster;
    const processes: ControllerProcess[] = [];

    beforeAll(async () => {
      cluster = await startFaultCluster(/^(serving|gateway|inference\.networking\.k8s)/);
      await installGateway(cluster.client);
    });
    afterAll(async () => {
      await Promise.all(processes.map((one) => one.stop()));
      await cluster?.stop();
    });

    const launch = async (...flags: string[]): Promise<ControllerProcess> => launchIn({}, ...flags);
    const launchIn = async (
      env: Readonly<Record<string, string>>,
      ...flags: string[]
    ): Promise<ControllerProcess> => {
      const one = await launchController(cluster.kubeconfig, { flags, env, webhooks: false });
      processes.push(one);
      return one;
    };
    const leads = async ({ text, metricsPort }: ControllerProcess): Promise<boolean> =>
      (await text(metricsPort, '/metrics')).includes(`leader_election_master_status{name="${lease.name}"} 1`);
    const leading = (one: ControllerProcess): Promise<boolean> =>
      eventually('the lease', () => leads(one), { program: one.program });
    const complete = async (name: string): Promise<void> => {
      const service = await createService(cluster.client, name, routed);
      await eventually(`${name} to be complete`, () => hasAllChildren(cluster.client, service));
    };
    const holder = async (): Promise<Lease['spec']> =>
      (await cluster.client.get(resources.leases, lease)).spec;

    test('without an API server a controller says so, waits, and becomes ready when it comes', async () => {
      await cluster.plane.crash();
      const one = await launch();
      const says = (text: string): Promise<boolean> =>
        eventually(`the log to say: ${text}`, () => one.log().includes(text), { program: one.program });
      await says('the API server does not answer, trying again');
      const health = async (path: string): Promise<number> =>
        (await fetch(`http://127.0.0.1:${one.healthPort}${path}`)).status;
      expect([await health('/healthz'), await health('/readyz')]).toEqual([200, 503]);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      expect(one.log().match(/does not answer/g)).toHaveLength(1);
      await cluster.plane.revive();
      await eventually('readiness', () => isReady(one), { program: one.program });
      await says('the API server answers again');
      await complete('patient');
      await one.stop();
    });

    test('SIGTERM and SIGINT end a controller in time, with its work done and its lease given back', async () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const one = await launch('--leader-elect');
        await leading(one);
        const name = `ending-${signal.toLowerCase()}`;
        await createService(cluster.client, name, routed);
        await eventually('the first child', async () => (await childrenOf(cluster.client, name)).length > 0, {
          everyMs: 5,
        });
        const fromMs = performance.now();
        one.program.signal(signal);
        expect(await one.program.exited).toBe(0);
        expect(performance.now() - fromMs).toBeLessThan(podGraceMs);
        expect((await holder())?.holderIdentity).toBe('');
      }
      const next = await launch('--leader-elect');
      // It is as soon as it asks for the lease.
      await eventually('readiness', () => isReady(next), { program: next.program });
      const fromMs = performance.now();
      await leading(next);
      // At once: not after the duration of a lease.
      expect(performance.now() - fromMs).toBeLessThan(leaseMs - 3000);
      for (const name of ['ending-sigterm', 'ending-sigint']) {
        const service = await cluster.client.get(servingResources.services, { namespace, name });
        await eventually(`${name} to be complete`, () => hasAllChildren(cluster.client, service));
      }
      await next.stop();
    });

    test('SIGTERM ends a controller whose API server hangs', async () => {
      const one = await launch('--leader-elect');
      await leading(one);
      cluster.proxy.setRule(() => ({ type: 'hang' }));
      await createService(cluster.client, 'unanswered', routed);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const fromMs = performance.now();
      one.program.signal('SIGTERM');
      await one.program.exited;
      expect(performance.now() - fromMs).toBeLessThan(podGraceMs);
      cluster.proxy.setRule(undefined);
    });

    test('of two controllers one writes; a paused leader writes nothing when it comes back, a killed one is followed', async () => {
      const { client, proxy } = cluster;
      const first = await launch('--leader-elect');
      await leading(first);
      const second = await launch('--leader-elect');
      await eventually('the second to stand by', () => isReady(second));
      await complete('shared');
      expect([await leads(first), await leads(second)]).toEqual([true, false]);

      await createService(client, 'paused', routed);
      await eventually('the first child', async () => (await childrenOf(client, 'paused')).length > 0, {
        everyMs: 5,
      });
      first.program.signal('SIGSTOP');
      await leading(second);
      await complete('after-pause');
      const service = await client.get(servingResources.services, { namespace, name: 'paused' });
      await eventually('the second to finish what the first began', () => hasAllChildren(client, service));
      // What the leader would do now must come from the second alone: it is stopped, and everything is spoiled.
      second.program.signal('SIGSTOP');
      await client.patch(servingResources.services, { namespace, name: 'shared' }, { spec: { replicas: 3 } });
      const from = proxy.requests.length;
      first.program.signal('SIGCONT');
      expect(await first.program.exited).toBe(1);
      const writes = proxy.requests.slice(from).filter(({ method }) => method !== 'GET');
      expect(writes).toEqual([]);

      second.program.signal('SIGCONT');
      await eventually(
        'the end of the second, or its renewal',
        async () => (await leads(second)) || second.log().includes('no longer leader'),
      );
      second.program.signal('SIGKILL');
      const third = await launch('--leader-elect');
      await leading(third);
      await eventually(
        'the change',
        async () =>
          (await client.get(resources.deployments, { namespace, name: 'shared-kserve' })).spec?.replicas ===
          3,
      );
      expect(await childrenOf(client, 'shared')).toHaveLength(serviceSize);
      await third.stop();
    });

    test('a clock that is set forth and back by years costs a leader neither its lease nor a service its pods', async () => {
      const { client, plane } = cluster;
      const shiftFile = path.join(plane.folder, 'clock-shift');
      const setClock = (days: number): void => writeFileSync(shiftFile, String(days * 86_400_000));
      setClock(0);
      const clock = {
        NODE_OPTIONS: `--import ${new URL('shifted-clock.mjs', import.meta.url)}`,
        TEST_CLOCK_SHIFT_FILE: shiftFile,
      };
      const one = await launchIn(clock, '--leader-elect');
      await leading(one);
      await complete('timely');
      await eventually('all of it', async () => (await childrenOf(client, 'timely')).length === serviceSize);
      await eventually('its status', () => isObserved(client, 'timely'));
      const standby = await launch('--leader-elect');
      await eventually('the second to stand by', () => isReady(standby));
      const { holderIdentity } = (await holder()) ?? {};
      const key = { namespace, name: 'timely' };
      const generations = async (): Promise<(number | undefined)[]> =>
        (
          await client.list(resources.deployments, { labelSelector: 'app.kubernetes.io/name=timely' })
        ).items.map(({ metadata }) => metadata.generation);
      const before = await generations();
      for (const [days, replicas] of [
        [400, 2],
        [-400, 3],
        [0, 4],
      ] as const) {
        setClock(days);
        await client.patch(servingResources.services, key, { spec: { replicas } });
        await eventually('the change', async () => {
          const deployment = await client.get(resources.deployments, { namespace, name: 'timely-kserve' });
          return deployment.spec?.replicas === replicas;
        });
        await complete(`at-${days < 0 ? 'past' : `day-${days}`}`);
      }
      expect((await holder())?.holderIdentity).toBe(holderIdentity);
      expect([await leads(one), await leads(standby)]).toEqual([true, false]);
      // One step for each change of the replicas of the engines, and none of the picker.
      const [first = 0, second = 0] = before;
      expect((await generations()).sort()).toEqual([first + 3, second].sort());
      await standby.stop();
      await one.stop();
    });

    test('presets of a new release are for new services; others get them when their pins are cleared', async () => {
      const { client } = cluster;
      const { configs, services } = servingResources;
      const imageOf = async (name: string): Promise<string | undefined> => {
        const deployment = await client.find(resources.deployments, { namespace, name: `${name}-kserve` });
        return deployment?.spec?.template?.spec?.containers?.find((one) => one.name === 'main')?.image;
      };
      const old = await launch();
      await complete('settled');
      await eventually('the pins', () => isObserved(client, 'settled'));
      const image = await imageOf('settled');
      await old.stop();

      const { items } = await client.list(configs, { namespace: 'kserve' });
      for (const { apiVersion, kind, metadata, spec } of items) {
        const text = JSON.stringify(spec).replaceAll(String(image), 'registry.example/engine:next');
        const copy = { name: `v2-${metadata.name}`, namespace: 'kserve' };
        await client.create(configs, { apiVersion, kind, metadata: copy, spec: JSON.parse(text) });
      }
      const next = await launchIn({ LLM_INFERENCE_SERVICE_CONFIG_PREFIX: 'v2-kserve-' });
      await eventually('readiness', () => isReady(next), { program: next.program });
      await complete('fresh');
      expect(await imageOf('fresh')).toBe('registry.example/engine:next');
      await client.patch(services, { namespace, name: 'settled' }, { spec: { labels: { touched: 'yes' } } });
      await eventually('the label', async () => {
        const deployment = await client.get(resources.deployments, { namespace, name: 'settled-kserve' });
        return deployment.spec?.template?.metadata?.labels?.touched === 'yes';
      });
      expect(await imageOf('settled')).toBe(image);

      const cleared = { status: { annotations: null } };
      await client.patch(services, { namespace, name: 'settled' }, cleared, { subresource: 'status' });
      await eventually(
        'the new preset',
        async () => (await imageOf('settled')) === 'registry.example/engine:next',
        { program: next.program },
      );
      await next.stop();
    });
  },
);
