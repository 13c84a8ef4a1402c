import { keyOf, resources } from '@weir/api/meta';
import type { Node, Pod } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { type Client, Informer, isKubeError } from '@weir/kube';

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
  let lastAddress = 0;
  const pods = new Informer<Pod>({
    client,
    kind: resources.pods,
    log: silentLogger,
    fieldSelector: `spec.nodeName=${nodeName}`,
  });
  pods.onChange(({ type, object }) => {
    if (type === 'deleted') return;
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    if (isGoing) void quietly(client.delete(resources.pods, keyOf(object), { gracePeriodSeconds: 0 }));
    else if (object.status?.podIP === undefined) {
      lastAddress++;
      const podIP = `10.244.${lastAddress >> 8}.${lastAddress & 255}`;
      void quietly(reportRunning(client, object, podIP, options.isReady?.(object) ?? true));
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

/** The pod may be gone, or changed again, before we speak; the connection may be closed at the end of a test. */
async function quietly(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (error instanceof Error && !isKubeError(error) && error.name !== 'TypeError') throw error;
  }
}
