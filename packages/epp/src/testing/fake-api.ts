import type { InferencePool } from '@weir/api/inference';
import type { KubeObject } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Fetch, FetchInit } from '@weir/kube';

/** A Kubernetes API with one collection of pools and one of pods, which it lists and watches, and with one lease. */
export class FakeApi {
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<(kind: string, line: string) => void>();
  #version = 0;
  #lease: KubeObject | undefined;

  readonly fetch: Fetch = async (path, init) => {
    const url = new URL(path, 'http://api');
    if (url.pathname.includes('/leases')) return this.#serveLease(init);
    const kind = url.pathname.endsWith('/inferencepools') ? 'InferencePool' : 'Pod';
    if (url.searchParams.get('watch')) return this.#watch(kind, init);
    const items = [...this.#objects.values()].filter((object) => object.kind === kind);
    const body = {
      kind: `${kind}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: `${this.#version}` },
      items,
    };
    return Response.json(body);
  };

  put(object: KubeObject): void {
    const key = `${object.kind}/${object.metadata.name}`;
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED';
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${++this.#version}` } };
    this.#objects.set(key, stored);
    this.#announce(type, stored);
  }

  remove(kind: string, name: string): void {
    const object = this.#objects.get(`${kind}/${name}`);
    if (object === undefined) return;
    this.#objects.delete(`${kind}/${name}`);
    const metadata = { ...object.metadata, resourceVersion: `${++this.#version}` };
    this.#announce('DELETED', { ...object, metadata });
  }

  #serveLease(init: FetchInit | undefined): Response {
    const refuse = (code: number, reason: string) =>
      Response.json({ kind: 'Status', status: 'Failure', code, reason }, { status: code });
    if (init?.method === 'GET')
      return this.#lease === undefined ? refuse(404, 'NotFound') : Response.json(this.#lease);
    const next = JSON.parse(String(init?.body)) as KubeObject;
    if (next.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion)
      return refuse(409, 'Conflict');
    this.#lease = { ...next, metadata: { ...next.metadata, resourceVersion: `${++this.#version}` } };
    return Response.json(this.#lease);
  }

  #announce(type: string, object: KubeObject): void {
    for (const watcher of this.#watchers) watcher(object.kind, `${JSON.stringify({ type, object })}\n`);
  }

  #watch(kind: string, init: FetchInit | undefined): Response {
    const encoder = new TextEncoder();
    let watcher: (kind: string, line: string) => void = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        watcher = (changed, line) => {
          if (changed === kind) controller.enqueue(encoder.encode(line));
        };
        this.#watchers.add(watcher);
        init?.signal?.addEventListener('abort', () => {
          this.#watchers.delete(watcher);
          controller.error(init.signal?.reason);
        });
      },
      cancel: () => {
        this.#watchers.delete(watcher);
      },
    });
    return new Response(stream);
  }
}

export function buildPool(ports: readonly number[] = [8000]): InferencePool {
  return {
    apiVersion: 'inference.networking.k8s.io/v1',
    kind: 'InferencePool',
    metadata: { namespace: 'demo', name: 'pool' },
    spec: { selector: { matchLabels: { app: 'm' } }, targetPorts: ports.map((number) => ({ number })) },
  };
}

export interface PodOptions {
  readonly name: string;
  readonly ip: string;
  readonly ready?: boolean;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

export function buildPod({ name, ip, ready = true, labels = {}, annotations = {} }: PodOptions): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'demo', name, labels: { app: 'm', ...labels }, annotations },
    status: { podIP: ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}
