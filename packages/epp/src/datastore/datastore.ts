import { keyOf, keyText } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { emptyEngineMetrics } from '@weir/engines';
import type { Endpoint } from '../framework/endpoint.ts';

/** Pod annotations that restrict which of the pool's ports a pod really serves. */
const activePortsAnnotations = ['llm-d.ai/active-ports', 'inference.networking.k8s.io/active-ports'];

/** The endpoints of one pool: one per target port of every ready pod. */
export class Datastore {
  /** Null after a change, until somebody asks. */
  #endpoints: readonly Endpoint[] | null = [];
  readonly #byPod = new Map<string, readonly Endpoint[]>();
  readonly #freeSlots: number[] = [];
  #slots = 0;
  readonly #onRemoved: (endpoint: Endpoint) => void;

  constructor(onRemoved: (endpoint: Endpoint) => void) {
    this.#onRemoved = onRemoved;
  }

  /** A new array after each change; never modified. */
  get endpoints(): readonly Endpoint[] {
    this.#endpoints ??= [...this.#byPod.values()].flat();
    return this.#endpoints;
  }

  /** Above every slot in use. */
  get slots(): number {
    return this.#slots;
  }

  byAddress(hostPort: string): Endpoint | undefined {
    return this.endpoints.find((endpoint) => endpoint.metadata.hostPort === hostPort);
  }

  /** Makes the pod's endpoints those that it can serve now: none unless it is ready and stays. */
  update(pod: Pod, targetPorts: readonly number[]): void {
    const key = keyText(keyOf(pod));
    const previous = this.#byPod.get(key) ?? [];
    const wanted = isServing(pod) ? activePorts(pod, targetPorts) : [];
    const kept = previous.filter((endpoint) => isSame(endpoint, pod, wanted));
    const added = wanted.filter(({ port }) => !kept.some((endpoint) => endpoint.metadata.port === port));
    if (added.length === 0 && kept.length === previous.length) return;
    for (const endpoint of previous) if (!kept.includes(endpoint)) this.#release(endpoint);
    const next = [...kept, ...added.map(({ port, rank }) => this.#create(pod, port, rank))];
    this.#set(key, next);
  }

  remove(pod: Pod): void {
    const key = keyText(keyOf(pod));
    for (const endpoint of this.#byPod.get(key) ?? []) this.#release(endpoint);
    this.#set(key, []);
  }

  /** Removes every pod that `keep` does not name. */
  retain(keep: ReadonlySet<string>): void {
    for (const [key, endpoints] of [...this.#byPod]) {
      if (keep.has(key)) continue;
      for (const endpoint of endpoints) this.#release(endpoint);
      this.#set(key, []);
    }
  }

  #set(key: string, endpoints: readonly Endpoint[]): void {
    if (endpoints.length === 0) this.#byPod.delete(key);
    else this.#byPod.set(key, endpoints);
    this.#endpoints = null;
  }

  #release(endpoint: Endpoint): void {
    this.#onRemoved(endpoint);
    this.#freeSlots.push(endpoint.slot);
  }

  #create(pod: Pod, port: number, rank: number): Endpoint {
    const address = pod.status?.podIP ?? '';
    const namespace = pod.metadata.namespace ?? '';
    const podName = pod.metadata.name ?? '';
    return {
      id: `${namespace}/${podName}-rank-${rank}`,
      slot: this.#freeSlots.pop() ?? this.#slots++,
      metadata: {
        namespace,
        podName,
        address,
        port,
        hostPort: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
        rank,
        labels: pod.metadata.labels ?? {},
      },
      metrics: { ...emptyEngineMetrics(), updatedAtMs: 0 },
    };
  }
}

function isServing(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || !pod.status?.podIP) return false;
  const ready = pod.status.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True';
}

function activePorts(pod: Pod, targetPorts: readonly number[]): { port: number; rank: number }[] {
  const all = targetPorts.map((port, rank) => ({ port, rank }));
  const annotation = activePortsAnnotations.map((name) => pod.metadata.annotations?.[name]).find(Boolean);
  if (annotation === undefined) return all;
  const active = new Set(annotation.split(',').map((text) => Number(text.trim())));
  return all.filter(({ port }) => active.has(port));
}

/** An endpoint goes on as long as address, port and labels stay: its metrics and its share of the index do too. */
function isSame(endpoint: Endpoint, pod: Pod, wanted: readonly { port: number; rank: number }[]): boolean {
  const { address, port, rank, labels } = endpoint.metadata;
  return (
    address === pod.status?.podIP &&
    wanted.some((one) => one.port === port && one.rank === rank) &&
    sameLabels(labels, pod.metadata.labels ?? {})
  );
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
