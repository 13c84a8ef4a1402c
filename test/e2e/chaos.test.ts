import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@weir/api/meta';
import { eventually, freePort, hasComponents } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Operation, operationsOf } from './chaos-operations.ts';
import { type Outcome, play } from './chaos-player.ts';
import { type ChaosPods, startChaosPods } from './chaos-pods.ts';
import { randomOf } from './chaos-random.ts';
import { differences, type State, stateOf } from './chaos-state.ts';
import { type FaultCluster, scaledObjectDefinition, startFaultCluster } from './controller-faults-cluster.ts';
import { type ControllerProcess, isReady, launchController, untilAsked } from './controller-process.ts';
import { installGateway } from './llmisvc-target.ts';

/** `WEIR_CHAOS_OPS=200 WEIR_CHAOS_SEED=7` plays more, and otherwise; a failure names both. */
const operationCount = Number(process.env.WEIR_CHAOS_OPS ?? 40);
const seed = Number(process.env.WEIR_CHAOS_SEED ?? 1);
/** Of equal length and order: names of children and the order of addresses depend on them. */
const [calm, chaos] = ['play-a', 'play-b'] as const;
const convergeMs = 120_000;

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(`chaos of seed ${seed}`, () => {
  let cluster: FaultCluster;
  let controller: ControllerProcess;
  let pods: ChaosPods | undefined;
  let webhookPort = 0;

  beforeAll(async () => {
    cluster = await startFaultCluster(/./);
    await cluster.client.create(resources.customResourceDefinitions, scaledObjectDefinition);
    await installGateway(cluster.client);
    for (const name of [calm, chaos]) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await cluster.client.create(resources.namespaces, namespace);
    }
    if (hasComponents('kube-controller-manager'))
      pods = startChaosPods(cluster.plane, cluster.client, [calm, chaos]);
    webhookPort = await freePort();
    controller = await launch();
    await eventually('the webhooks', () => isReady(controller));
    await untilAsked(cluster.client);
  });
  afterAll(async () => {
    await controller?.stop();
    await pods?.stop();
    await cluster?.stop();
  });

  const launch = (): Promise<ControllerProcess> =>
    launchController(cluster.plane.kubeconfigPath, { env: { WEIR_WEBHOOK_PORT: String(webhookPort) } });

  async function killController(): Promise<void> {
    controller.program.signal('SIGKILL');
    await controller.stop();
    controller = await launch();
  }

  async function killApiServer(): Promise<void> {
    await cluster.plane.crash();
    await cluster.plane.revive();
  }

  function victimOf(index: number, dice: number): (() => Promise<void>) | undefined {
    if (index % 36 === 12) return killApiServer;
    if (dice < 0.1) return killController;
    return dice < 0.15 ? pods?.killManager : undefined;
  }

  async function playAll(
    namespace: string,
    operations: readonly Operation[],
    breaks: boolean,
  ): Promise<Outcome[]> {
    const random = randomOf(seed + 1);
    const outcomes: Outcome[] = [];
    let broken: Promise<void> = Promise.resolve();
    for (const [i, operation] of operations.entries()) {
      const [pauseMs, dice, delayMs] = [random() * 60, random(), random() * 400];
      outcomes.push(await play(cluster.client, namespace, operation));
      await sleep(pauseMs);
      const kill = breaks ? victimOf(i, dice) : undefined;
      if (kill === undefined) continue;
      await broken;
      broken = sleep(delayMs).then(kill);
      // Whoever waits for it hears of a failure.
      broken.catch(() => {});
    }
    await broken;
    return outcomes;
  }

  test(
    `${operationCount} operations amid crashes lead to the state that a calm run leads to`,
    { timeout: 900_000 },
    async () => {
      const operations = operationsOf(seed, operationCount);
      const expectedOutcomes = await playAll(calm, operations, false);
      let expected = await settled(() => stateOf(cluster.client, calm));
      const outcomes = await playAll(chaos, operations, true);
      expect(outcomes).toEqual(expectedOutcomes);
      let left: string[] = ['nothing was compared'];
      const isSame = async (): Promise<boolean> => {
        // What looked settled on a busy machine may have had something to come.
        expected = await stateOf(cluster.client, calm);
        left = differences(expected, await stateOf(cluster.client, chaos));
        return left.length === 0;
      };
      await eventually('the same state', isSame, { timeoutMs: convergeMs, everyMs: 500 }).catch(() => {});
      expect(left, `WEIR_CHAOS_SEED=${seed} WEIR_CHAOS_OPS=${operationCount}`).toEqual([]);
      expect(expected.size).toBeGreaterThan(20);
      const isServing = [...expected.values()].some((text) => text.includes('"stage":"Serving"'));
      expect(isServing, 'pods make services serve').toBe(pods !== undefined);
    },
  );
});

/** The state once nothing has changed for a while. */
async function settled(read: () => Promise<State>): Promise<State> {
  let last = await read();
  let sinceMs = performance.now();
  return eventually(
    'the calm run to settle',
    async () => {
      const next = await read();
      if (differences(last, next).length > 0) {
        last = next;
        sinceMs = performance.now();
      }
      return performance.now() - sinceMs > 6000 ? last : undefined;
    },
    { timeoutMs: convergeMs, everyMs: 500 },
  );
}
