import type { KubeList, KubeObject, ObjectKey, ResourceKind } from '@weir/api/meta';
import { apiVersionOf, keyOf } from '@weir/api/meta';
import { delay } from './abort.ts';
import { kubeErrorFrom, retryAfterMs, UnreachableError } from './errors.ts';
import type { Fetch } from './fetch.ts';
import { resourcePath } from './paths.ts';
import { readWatch, type WatchEvent } from './watch.ts';

export interface ClientOptions {
  readonly fetch: Fetch;
  /** Field manager of every write (server-side apply ownership). */
  readonly fieldManager: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  /** Names, labels and the like only. */
  readonly metadataOnly?: boolean;
}

export interface WatchOptions extends ListOptions {
  /** Seconds after which the server ends the watch. */
  readonly timeoutSeconds?: number;
  /** Called when the server has accepted the watch. */
  readonly onOpen?: () => void;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: 'status' | 'scale';
  readonly dryRun?: boolean;
  /** What the server does with fields that it does not know; its default is a warning. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields over from other managers; default true, as controllers do. */
  readonly force?: boolean;
  readonly fieldManager?: string;
}

export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  /** Refuse to delete another object of the same name. */
  readonly uid?: string;
}

export type PatchType = 'merge' | 'json' | 'strategic';

const patchContentType: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

const json = 'application/json';

/** Servers that cannot leave the rest out send whole objects, which hold the same metadata. */
function metadataAs(shape: string): string {
  return `application/json;as=${shape};g=meta.k8s.io;v=v1,application/json`;
}

const maxAttempts = 10;
const longestWaitMs = 30_000;
const never = new AbortController().signal;

/** Talks to any Kubernetes API through a `Fetch`. Every method throws `KubeError` on a failure the server reports. */
export class Client {
  readonly fetch: Fetch;
  readonly fieldManager: string;

  constructor(options: ClientOptions) {
    this.fetch = options.fetch;
    this.fieldManager = options.fieldManager;
  }

  async get<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T> {
    return this.#json<T>('GET', resourcePath(kind, key), undefined, options);
  }

  /** Like `get`, but absent objects (and kinds that are not served) are undefined. */
  async find<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    const response = await this.#send('GET', resourcePath(kind, key), undefined, options);
    if (response.status === 404) {
      await response.text();
      return undefined;
    }
    return this.#read<T>(response, `GET ${kind.plural} ${key.name}`);
  }

  async list<T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, signal, metadataOnly, ...query } = options;
    const path = resourcePath(kind, namespace === undefined ? {} : { namespace }, query);
    const accept = metadataOnly === true ? metadataAs('PartialObjectMetadataList') : json;
    const response = await this.#send('GET', path, undefined, signal === undefined ? {} : { signal }, {
      accept,
    });
    const list = await this.#read<KubeList<T>>(response, `GET ${path.split('?')[0]}`);
    // A real server writes empty lists of metadata as null.
    list.items ??= [];
    // Items of a list carry no apiVersion and kind on a real server.
    for (const item of list.items) {
      item.apiVersion ??= apiVersionOf(kind);
      item.kind ??= kind.kind;
    }
    return list;
  }

  async create<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace } = keyOf(object);
    return this.#json<T>(
      'POST',
      resourcePath(kind, { namespace }, this.#writeQuery(options)),
      object,
      options,
    );
  }

  async update<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const where = { ...keyOf(object), ...subresourceOf(options) };
    return this.#json<T>('PUT', resourcePath(kind, where, this.#writeQuery(options)), object, options);
  }

  async patch<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: ObjectKey,
    patch: unknown,
    options: WriteOptions & { readonly type?: PatchType } = {},
  ): Promise<T> {
    const path = resourcePath(kind, { ...key, ...subresourceOf(options) }, this.#writeQuery(options));
    return this.#json<T>('PATCH', path, patch, options, patchContentType[options.type ?? 'merge']);
  }

  /** Server-side apply: `object` holds exactly the fields that this manager wants to own. */
  async apply<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    return (await this.applyOrCreate(kind, object, options)).object;
  }

  /** Like `apply`; also tells whether the object is new. */
  async applyOrCreate<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    options: ApplyOptions = {},
  ): Promise<{ readonly object: T; readonly isNew: boolean }> {
    const query: Record<string, string | boolean> = {
      ...this.#writeQuery(options),
      force: options.force ?? true,
    };
    if (options.fieldManager !== undefined) query.fieldManager = options.fieldManager;
    const path = resourcePath(kind, { ...keyOf(object), ...subresourceOf(options) }, query);
    const headers = { contentType: 'application/apply-patch+yaml' };
    const response = await this.#send('PATCH', path, object, options, headers);
    const applied = await this.#read<T>(response, `PATCH ${path.split('?')[0]}`);
    return { object: applied, isNew: response.status === 201 };
  }

  /** Deletes; an object that is already gone is not an error. */
  async delete(kind: ResourceKind, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { signal, uid, ...rest } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...rest,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    };
    const response = await this.#send(
      'DELETE',
      resourcePath(kind, key),
      body,
      signal === undefined ? {} : { signal },
    );
    // Read to its end, so that the connection can be used again.
    if (response.status === 404 || response.ok) await response.text();
    else throw await kubeErrorFrom(response, `DELETE ${kind.plural} ${key.name}`);
  }

  /** Changes from `resourceVersion` on. Ends when the server ends it; an ERROR event is thrown as `KubeError`. */
  async *watch<T extends KubeObject>(
    kind: ResourceKind<T>,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, signal, metadataOnly, onOpen, ...query } = options;
    const path = resourcePath(kind, namespace === undefined ? {} : { namespace }, {
      ...query,
      watch: true,
      allowWatchBookmarks: true,
    });
    const accept = metadataOnly === true ? metadataAs('PartialObjectMetadata') : json;
    const response = await this.#send('GET', path, undefined, signal === undefined ? {} : { signal }, {
      accept,
    });
    if (!response.ok) throw await kubeErrorFrom(response, `watch ${kind.plural}`);
    onOpen?.();
    yield* readWatch<T>(response);
  }

  async #json<T>(
    method: string,
    path: string,
    body: unknown,
    options: CallOptions,
    contentType?: string,
  ): Promise<T> {
    const headers = contentType === undefined ? {} : { contentType };
    const response = await this.#send(method, path, body, options, headers);
    return this.#read<T>(response, `${method} ${path.split('?')[0]}`);
  }

  async #read<T>(response: Response, subject: string): Promise<T> {
    if (!response.ok) throw await kubeErrorFrom(response, subject);
    return (await response.json().catch((error: unknown) => {
      throw isAbort(error) ? error : new UnreachableError(subject, error);
    })) as T;
  }

  /** A server that is busy says when to come back, and has done nothing yet. */
  async #send(
    method: string,
    path: string,
    body: unknown,
    options: CallOptions,
    { contentType = json, accept = json }: { readonly contentType?: string; readonly accept?: string } = {},
  ): Promise<Response> {
    const { signal } = options;
    const init = {
      method,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    for (let attempt = 1; ; attempt++) {
      const response = await this.fetch(path, init).catch((error: unknown) => {
        throw isNetworkError(error) ? new UnreachableError(`${method} ${path.split('?')[0]}`, error) : error;
      });
      const waitMs = response.status === 429 ? retryAfterMs(response) : null;
      if (waitMs === null || attempt >= maxAttempts || signal?.aborted === true) return response;
      await response.text();
      await delay(Math.min(waitMs, longestWaitMs), signal ?? never);
    }
  }

  #writeQuery(options: WriteOptions): Record<string, string | boolean> {
    return {
      fieldManager: this.fieldManager,
      ...(options.dryRun === true ? { dryRun: 'All' } : {}),
      ...(options.fieldValidation === undefined ? {} : { fieldValidation: options.fieldValidation }),
    };
  }
}

/** Failures below HTTP: those of the system and of the library have a code in words, those of fetch are TypeErrors. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError || typeof (error as { code?: unknown } | undefined)?.code === 'string';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function subresourceOf(options: WriteOptions): { subresource?: string } {
  return options.subresource === undefined ? {} : { subresource: options.subresource };
}
