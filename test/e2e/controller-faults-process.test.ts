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
import { childrenOf, installGateway } from './llmisvc-target.ts';

const lease = { namespace: 'kserve', name: 'llminferenceservice-kserve-controller-manager' };
const routed = {
  model: { uri: 'hf://org/model', name: 'm' },
  router: { route: {}, gateway: {}, scheduler: {} },
};
const leaseMs = 15_000;

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

    const launch = async (...flags: string[]): Promise<ControllerProcess> => {
      const one = await launchController(cluster.kubeconfig, { flags, webhooks: false });
      processes.push(one);
      return one;
    };
    const leads = async ({ text, metricsPort }: ControllerProcess): Promise<boolean> =>
      (await text(metricsPort, '/metrics')).includes(`leader_election_master_status{name="${lease.name}"} 1`);
    const leading = (one: ControllerProcess, timeoutMs = 60_000): Promise<boolean> =>
      eventually('the lease', () => leads(one), { timeoutMs, program: one.program });
    const complete = async (name: string): Promise<void> => {
      const service = await createService(cluster.client, name, routed);
      await eventually(`${name} to be complete`, () => hasAllChildren(cluster.client, service), {
        timeoutMs: 60_000,
      });
    };
    const holder = async (): Promise<Lease['spec']> =>
      (await cluster.client.get(resources.leases, lease)).spec;

    test('without an API server a controller says so, waits, and becomes ready when it comes', async () => {
      await cluster.plane.crash();
      const one = await launch();
      await eventually('the word', () => one.log().includes('the API server does not answer, trying again'));
      const health = async (path: string): Promise<number> =>
        (await fetch(`http://127.0.0.1:${one.healthPort}${path}`)).status;
      expect([await health('/healthz'), await health('/readyz')]).toEqual([200, 503]);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      expect(one.log().match(/does not answer/g)).toHaveLength(1);
      await cluster.plane.revive();
      await eventually('readiness', () => isReady(one), { timeoutMs: 60_000, program: one.program });
      expect(one.log()).toContain('the API server answers again');
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
        expect(performance.now() - fromMs).toBeLessThan(5000);
        expect((await holder())?.holderIdentity).toBe('');
      }
      const next = await launch('--leader-elect');
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
      expect(performance.now() - fromMs).toBeLessThan(5000);
      cluster.proxy.setRule(undefined);
    });

    test('of two controllers one writes; a paused leader writes nothing when it comes back, a killed one is followed', async () => {
      const { client, proxy } = cluster;
      const first = await launch('--leader-elect');
      await leading(first);
      const second = await launch('--leader-elect');
      await eventually('the second to stand by', () => isReady(second), { timeoutMs: 60_000 });
      await complete('shared');
      expect([await leads(first), await leads(second)]).toEqual([true, false]);

      await createService(client, 'paused', routed);
      await eventually('the first child', async () => (await childrenOf(client, 'paused')).length > 0, {
        everyMs: 5,
      });
      first.program.signal('SIGSTOP');
      await leading(second, leaseMs + 15_000);
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
        { timeoutMs: 30_000 },
      );
      second.program.signal('SIGKILL');
      const third = await launch('--leader-elect');
      await leading(third, leaseMs + 30_000);
      await eventually(
        'the change',
        async () =>
          (await client.get(resources.deployments, { namespace, name: 'shared-kserve' })).spec?.replicas ===
          3,
      );
      const pods = await childrenOf(client, 'shared');
      expect(pods).toHaveLength(11);
    });
  },
);
