import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { type Client, Informer } from '@weir/kube';
import { namesReferredTo, type ReferencedKind } from './pod-references.ts';

interface Followed {
  readonly users: Set<string>;
  readonly end: AbortController;
}

const kinds: Readonly<Record<ReferencedKind, ResourceKind<KubeObject>>> = {
  secret: resources.secrets,
  configmap: resources.configMaps,
};

/**
 * Follows the Secrets and ConfigMaps that pods of this node use, each by a watch of its own: a kubelet may see no
 * others (Node authorizer), and wants none of them in its memory.
 */
export class ReferencedObjects {
  readonly #client: Client;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #onChange: (podUid: string) => void;
  readonly #followed = new Map<string, Followed>();

  /** `onChange` is called for each pod that uses an object which appeared, changed or went. */
  constructor(options: {
    readonly client: Client;
    readonly log: Logger;
    readonly signal: AbortSignal;
    readonly onChange: (podUid: string) => void;
  }) {
    this.#client = options.client;
    this.#log = options.log;
    this.#signal = options.signal;
    this.#onChange = options.onChange;
  }

  /** What a pod refers to does not change while it lives. */
  add(pod: Pod): void {
    const { uid = '', namespace = '' } = pod.metadata;
    for (const kind of ['secret', 'configmap'] as const)
      for (const name of namesReferredTo(pod, kind)) {
        const key = `${kind} ${namespace}/${name}`;
        const followed = this.#followed.get(key) ?? this.#follow(kind, namespace, name);
        followed.users.add(uid);
        this.#followed.set(key, followed);
      }
  }

  /** The pod is gone; what nobody else uses is no longer followed. */
  remove(podUid: string): void {
    for (const [key, { users, end }] of this.#followed) {
      if (!users.delete(podUid) || users.size > 0) continue;
      end.abort();
      this.#followed.delete(key);
    }
  }

  #follow(kind: ReferencedKind, namespace: string, name: string): Followed {
    const users = new Set<string>();
    const end = new AbortController();
    const informer = new Informer({
      client: this.#client,
      kind: kinds[kind],
      log: this.#log,
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    informer.onChange(() => {
      for (const user of users) this.#onChange(user);
    });
    informer.start(AbortSignal.any([this.#signal, end.signal]));
    return { users, end };
  }
}
