import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf, resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Client } from '@weir/kube';
import { type RealControlPlane, realComponent, startProgram } from '@weir/testing';

/** What drives Deployments: the real controllers, and pods that become ready wherever they are. */
export interface ChaosPods {
  /** Kills the controllers (SIGKILL) and starts them again. */
  killManager(): Promise<void>;
  stop(): Promise<void>;
}

const controllers = ['deployment-controller', 'replicaset-controller', 'garbage-collector-controller'];
const everyMs = 250;

export function startChaosPods(
  { folder, kubeconfigPath }: RealControlPlane,
  client: Client,
  namespaces: readonly string[],
): ChaosPods {
  const start = () =>
    startProgram('kube-controller-manager', realComponent('kube-controller-manager') ?? '', flags, {
      logFile: path.join(folder, 'kube-controller-manager.log'),
    });
  const flags = [
    `--kubeconfig=${kubeconfigPath}`,
    `--controllers=${controllers.join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ];
  const end = new AbortController();
  let manager = start();
  const playing = playPods(client, namespaces, end.signal);
  return {
    async killManager() {
      await manager.stop('KILL');
      manager = start();
    },
    async stop() {
      end.abort();
      await playing;
      await manager.stop();
    },
  };
}

/** Looks at what there is, again and again: what a crash swallowed is said once more. */
async function playPods(client: Client, namespaces: readonly string[], signal: AbortSignal): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    try {
      const lists = await Promise.all(
        namespaces.map((namespace) => client.list(resources.pods, { namespace, signal })),
      );
      const waiting = lists.flatMap(({ items }) => items.filter(({ status }) => status?.podIP === undefined));
      await Promise.all(waiting.map((pod) => sayReady(client, pod, ++last)));
    } catch {
      // The API server is away, or the pod is.
    }
    await sleep(everyMs);
  }
}

async function sayReady(client: Client, pod: Pod, index: number): Promise<void> {
  const podIP = `10.244.${index >> 8}.${index & 255}`;
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }];
  const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions };
  const options = { type: 'strategic', subresource: 'status' } as const;
  await client.patch(resources.pods, keyOf(pod), { status }, options);
}
