import { apiVersionOf, type KubeObject, type ResourceKind } from '@weir/api/meta';
import type { Fetch } from '@weir/kube';

/** A small API server in memory: list, watch, get, merge patch. Enough for the gateway, and nothing more. */
export class FakeApi {
  readonly objects: Map<string, KubeObject> = new Map();
  readonly writes: { readonly path: string; readonly body: unknown }[] = [];
  readonly #watchers = new Set<{ readonly collection: string; send(line: string): void }>();
  #version = 1;

  readonly fetch: Fetch = async (path, init) => {
    const url = new URL(path, 'http://api');
    if (url.searchParams.get('watch') === 'true') return this.#watch(url.pathname, init?.signal);
    if (init?.method === 'PATCH') return this.#patch(url.pathname, JSON.parse(String(init.body)));
    if (isObjectPath(url.pathname)) {
      const object = this.objects.get(url.pathname);
      return object === undefined ? notFound() : Response.json(object);
    }
    const items = [...this.objects]
      .filter(([key]) => collectionsOf(key).includes(url.pathname))
      .map(([, item]) => item);
    return Response.json({ kind: 'List', metadata: { resourceVersion: String(this.#version) }, items });
  };

  /** Creates or replaces an object. */
  put<T extends KubeObject>(kind: ResourceKind<T>, object: Omit<T, 'apiVersion' | 'kind'>): void {
    const full = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object } as unknown as T;
    const path = pathOf(kind, full.metadata.namespace, full.metadata.name ?? '');
    const type = this.objects.has(path) ? 'MODIFIED' : 'ADDED';
    full.metadata = {
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: path,
      ...full.metadata,
      resourceVersion: String(++this.#version),
    };
    this.objects.set(path, full);
    this.#send(path, type, full);
  }

  get<T extends KubeObject>(kind: ResourceKind<T>, namespace: string, name: string): T | undefined {
    return this.objects.get(pathOf(kind, namespace, name)) as T | undefined;
  }

  delete(kind: ResourceKind, namespace: string, name: string): void {
    const path = pathOf(kind, namespace, name);
    const object = this.objects.get(path);
    if (object === undefined) return;
    this.objects.delete(path);
    this.#send(path, 'DELETED', {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.#version) },
    });
  }

  #patch(path: string, patch: unknown): Response {
    const target = path.replace(/\/status$/, '');
    const object = this.objects.get(target);
    if (object === undefined) return notFound();
    this.writes.push({ path, body: patch });
    const { metadata, ...rest } = patch as { metadata?: Record<string, unknown> };
    const merged = mergePatch(object, {
      ...rest,
      metadata: { ...metadata, resourceVersion: String(++this.#version) },
    });
    this.objects.set(target, merged as KubeObject);
    this.#send(target, 'MODIFIED', merged as KubeObject);
    return Response.json(merged);
  }

  #watch(collection: string, signal: AbortSignal | undefined): Response {
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const watcher = {
          collection,
          send: (line: string) => controller.enqueue(encoder.encode(line)),
        };
        this.#watchers.add(watcher);
        signal?.addEventListener('abort', () => {
          this.#watchers.delete(watcher);
          controller.close();
        });
      },
    });
    return new Response(body);
  }

  #send(path: string, type: string, object: KubeObject): void {
    for (const watcher of this.#watchers) {
      if (collectionsOf(path).includes(watcher.collection))
        watcher.send(`${JSON.stringify({ type, object })}\n`);
    }
  }
}

function pathOf(kind: ResourceKind, namespace: string | undefined, name: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return `${root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.plural}/${name}`;
}

/** The collection of the object's own namespace, and that of all namespaces. */
function collectionsOf(path: string): string[] {
  const own = path.replace(/\/[^/]+$/, '');
  return [own, own.replace(/\/namespaces\/[^/]+(?=\/)/, '')];
}

function isObjectPath(path: string): boolean {
  const segments = path.replace(/^\/(api|apis\/[^/]+)\/[^/]+\//, '').split('/');
  return segments.length % 2 === 0;
}

function notFound(): Response {
  return Response.json({ kind: 'Status', code: 404, reason: 'NotFound' }, { status: 404 });
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
