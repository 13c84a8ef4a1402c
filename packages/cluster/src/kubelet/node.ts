import { statfsSync } from 'node:fs';
import { arch, availableParallelism, hostname, platform, release, totalmem } from 'node:os';
import { resources } from '@weir/api/meta';
import type { Lease, Node, NodeCondition } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay, Informer, isKubeError } from '@weir/kube';
import { readBootId } from '../runtime/process-info.ts';
import { toTime } from './status.ts';

export interface NodeOptions {
  readonly name: string;
  readonly hostIP: string;
  readonly logPort: number | undefined;
  readonly stateDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly extendedResources: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

const maxPods = '110';
const leaseNamespace = 'kube-node-lease';
const leaseDurationSeconds = 40;
const retryMs = 500;
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What this machine offers to pods. */
export function readCapacity(options: NodeOptions): Record<string, string> {
  const disk = statfsSync(options.stateDir);
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: maxPods,
    'ephemeral-storage': `${Math.floor((disk.blocks * disk.bsize) / 1024)}Ki`,
    ...options.extendedResources,
  };
}

/** Creates the Node or brings it up to date; tries until it succeeds or the signal fires. */
export async function registerNode(
  client: Client,
  options: NodeOptions,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await putNode(client, options, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('node not registered yet', { node: options.name, error: toError(error).message });
      await delay(retryMs, signal);
    }
  }
}

/**
 * Repairs the Node: one that was deleted is registered again, and one that was declared dead while its kubelet could
 * not reach the API server says that it is ready.
 */
export function keepNode(
  client: Client,
  options: NodeOptions,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): void {
  const fieldSelector = `metadata.name=${options.name}`;
  const nodes = new Informer<Node>({ client, kind: resources.nodes, log, fieldSelector });
  let isRepairing = false;
  nodes.onChange(({ type, object }) => {
    if (isRepairing || signal.aborted || (type !== 'deleted' && isReady(object))) return;
    isRepairing = true;
    log.warn('node is registered anew', {
      node: options.name,
      reason: type === 'deleted' ? 'deleted' : 'not ready',
    });
    void registerNode(client, options, { log, signal }).finally(() => {
      isRepairing = false;
    });
  });
  nodes.start(signal);
}

/** Renews the node's Lease until the signal fires: the sign of life that controllers look at. */
export async function keepLease(
  client: Client,
  options: {
    readonly nodeName: string;
    readonly renewMs: number;
    readonly log: Logger;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { nodeName, renewMs, log, signal } = options;
  while (!signal.aborted) {
    try {
      await renewLease(client, nodeName, signal);
    } catch (error) {
      if (!signal.aborted)
        log.warn('node lease not renewed', { node: nodeName, error: toError(error).message });
    }
    await delay(renewMs, signal);
  }
}

/** The node's condition Ready turns False, so that nobody waits for the lease to run out. */
export async function markNotReady(client: Client, nodeName: string, signal: AbortSignal): Promise<void> {
  const conditions = readyConditions(false, Date.now(), []);
  await client.patch(
    resources.nodes,
    { namespace: '', name: nodeName },
    { status: { conditions } },
    { subresource: 'status', type: 'strategic', signal },
  );
}

async function putNode(client: Client, options: NodeOptions, signal: AbortSignal): Promise<void> {
  const key = { namespace: '', name: options.name };
  const existing = await client.find(resources.nodes, key, { signal });
  const node = buildNode(options, existing?.status?.conditions ?? [], Date.now());
  if (existing === undefined) await client.create(resources.nodes, node, { signal });
  else await client.patch(resources.nodes, key, { metadata: { labels: node.metadata.labels } }, { signal });
  await client.patch(
    resources.nodes,
    key,
    { status: node.status },
    { subresource: 'status', type: 'strategic', signal },
  );
}

function buildNode(options: NodeOptions, previous: readonly NodeCondition[], nowMs: number): Node {
  const capacity = readCapacity(options);
  const architecture = architectures[arch()] ?? arch();
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: options.name,
      labels: {
        'kubernetes.io/hostname': options.name,
        'kubernetes.io/os': platform(),
        'kubernetes.io/arch': architecture,
        ...options.labels,
      },
    },
    spec: {},
    status: {
      capacity,
      allocatable: { ...capacity, ...options.allocatable },
      addresses: [
        { type: 'InternalIP', address: options.hostIP },
        { type: 'Hostname', address: hostname() },
      ],
      ...(options.logPort === undefined
        ? {}
        : { daemonEndpoints: { kubeletEndpoint: { Port: options.logPort } } }),
      conditions: readyConditions(true, nowMs, previous),
      nodeInfo: {
        architecture,
        operatingSystem: platform(),
        bootID: readBootId(),
        machineID: '',
        systemUUID: '',
        kernelVersion: release(),
        osImage: platform(),
        containerRuntimeVersion: `process://${process.versions.node}`,
        kubeletVersion: 'v1.34.2-weir',
        kubeProxyVersion: '',
      },
    },
  };
}

function isReady({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

function readyConditions(
  isReady: boolean,
  nowMs: number,
  previous: readonly NodeCondition[],
): NodeCondition[] {
  const time = toTime(nowMs);
  const facts = [
    isReady
      ? (['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'] as const)
      : (['Ready', 'False', 'KubeletStopped', 'kubelet has been stopped'] as const),
    ...pressures.map(([type, reason, message]) => [type, 'False', reason, message] as const),
  ];
  return facts.map(([type, status, reason, message]) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : undefined;
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: time,
      lastTransitionTime: lastTransitionTime ?? time,
    };
  });
}

const pressures = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
] as const;

async function renewLease(client: Client, nodeName: string, signal: AbortSignal): Promise<void> {
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: nodeName, namespace: leaseNamespace },
    spec: {
      holderIdentity: nodeName,
      leaseDurationSeconds,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    },
  };
  const key = { namespace: leaseNamespace, name: nodeName };
  try {
    await client.patch(resources.leases, key, { spec: lease.spec }, { signal });
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
    await createLease(client, lease, signal);
  }
}

/** The namespace exists on most clusters, and nodes may not make it there. */
async function createLease(client: Client, lease: Lease, signal: AbortSignal): Promise<void> {
  try {
    await client.create(resources.leases, lease, { signal });
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
    await ensureNamespace(client, signal);
    await client.create(resources.leases, lease, { signal });
  }
}

async function ensureNamespace(client: Client, signal: AbortSignal): Promise<void> {
  try {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } };
    await client.create(resources.namespaces, namespace, { signal });
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) throw error;
  }
}
