import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { keyOf, keyText } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import { canonicalJson } from '@weir/core/hash';
import type { Logger } from '@weir/core/log';
import { type Client, isKubeError } from '@weir/kube';

/** Writes statuses, each only when it differs from what the object has. */
export class StatusWriter {
  readonly #client: Client;
  readonly #log: Logger;
  readonly #signal: AbortSignal;

  constructor(client: Client, log: Logger, signal: AbortSignal) {
    this.#client = client;
    this.#log = log;
    this.#signal = signal;
  }

  /** `fields` are the fields of `status` that are ours to write. False when the write must be tried again. */
  async write<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T & { readonly status?: unknown },
    fields: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const current = (object.status ?? {}) as Readonly<Record<string, unknown>>;
    const isEqual = Object.entries(fields).every(
      ([name, value]) => canonicalJson(current[name] ?? null) === canonicalJson(value),
    );
    if (isEqual) return true;
    // The version guards the lists: another controller may have added its own parents since we read them.
    const { resourceVersion } = object.metadata;
    return this.#try(kind, object, { metadata: { resourceVersion }, status: fields }, 'status');
  }

  async annotate<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    name: string,
    value: string,
  ): Promise<boolean> {
    if (object.metadata.annotations?.[name] === value) return true;
    return this.#try(kind, object, { metadata: { annotations: { [name]: value } } });
  }

  async #try<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    patch: unknown,
    subresource?: 'status',
  ): Promise<boolean> {
    try {
      await this.#client.patch(kind, keyOf(object), patch, {
        signal: this.#signal,
        ...(subresource === undefined ? {} : { subresource }),
      });
      return true;
    } catch (error) {
      // Gone, or changed meanwhile: the next event brings us back with the new state.
      if (isKubeError(error, 'NotFound', 'Conflict')) return true;
      this.#log.warn('status cannot be written', {
        kind: kind.kind,
        object: keyText(keyOf(object)),
        error: toError(error).message,
      });
      return false;
    }
  }
}
