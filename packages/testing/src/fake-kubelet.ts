import { keyOf, resources } from '@weir/api/meta';
import type { Node, Pod } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { type Client, delay, Informer, isKubeError } from '@weir/kube';

export interface FakeKubeletOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly signal: AbortSignal;
  /** Default: `{ cpu: '8', memory: '16Gi', pods: '110' }`. */
  readonly allocatable?: Readonly<Record<string, string>>;
  /** Whether a bound pod becomes ready; default every one. */
  readonly isReady?: (pod: Pod) => boolean;
}

/** Registers a node and says of its pods what a kubelet would, without running anything. */
export async function startFakeKubelet(options: FakeKubeletOptions): Promise<void> {
  const { client, nodeName, signal } = options;
  await registerNode(options);
  const reported = new Set<string>();
  const pods = new Informer<Pod>({
    client,
    kind: resources.pods,
    log: silentLogger,
    fieldSelector: `spec.nodeName=${nodeName}`,
  });
  pods.onChange(({ type, object }) => {
    if (type === 'deleted') return;
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    if (isGoing)
      void untilDone(signal, () => client.delete(resources.pods, keyOf(object), { gracePeriodSeconds: 0 }));
    // It may change again before what was said of it is known here.
    else if (object.status?.podIP === undefined && !reported.has(object.metadata.uid ?? '')) {
      const index = reported.add(object.metadata.uid ?? '').size;
      const podIP = `10.244.${index >> 8}.${index & 255}`;
      void untilDone(signal, () => reportRunning(client, object, podIP, options.isReady?.(object) ?? true));
    }
  });
  pods.start(signal);
  await pods.waitForSync();
}

async function registerNode({ client, nodeName, allocatable }: FakeKubeletOptions): Promise<void> {
  const amounts = allocatable ?? { cpu: '8', memory: '16Gi', pods: '110' };
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } };
  await client.create(resources.nodes, node);
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }];
  const status = { capacity: amounts, allocatable: amounts, conditions };
  // A real server's admission taints new nodes until their kubelet is ready.
  await client.patch(resources.nodes, { namespace: '', name: nodeName }, { spec: { taints: null } });
  await client.patch(
    resources.nodes,
    { namespace: '', name: nodeName },
    { status },
    { subresource: 'status' },
  );
}

async function reportRunning(client: Client, pod: Pod, podIP: string, isReady: boolean): Promise<void> {
  const lastTransitionTime = new Date().toISOString();
  const ready = { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime };
  const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: [ready] };
  await client.patch(resources.pods, keyOf(pod), { status }, { type: 'strategic', subresource: 'status' });
}

/** The pod may be gone or change before we speak; a server that has no time is asked again, until the test ends. */
async function untilDone(signal: AbortSignal, write: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await write();
      return;
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return;
    }
    await delay(100, signal);
  }
}
