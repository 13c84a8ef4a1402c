import { type InferencePool, type InferencePoolSpec, inferencePoolV1 } from '@weir/api/inference';
import { keyOf, keyText, type ObjectKey, resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { type Client, Informer, onAbort } from '@weir/kube';
import type { Datastore } from './datastore.ts';

export interface PoolWatchOptions {
  readonly client: Client;
  readonly poolKey: ObjectKey;
  readonly datastore: Datastore;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called whenever readiness may have changed. */
  readonly onChange: () => void;
}

export interface PoolWatch {
  /** True once the pool and its pods were read. */
  isSynced(): boolean;
  /** Undefined while the pool does not exist. */
  pool(): InferencePoolSpec | undefined;
}

/** Follows one InferencePool and the pods that its selector matches, and keeps the datastore like them. */
export function startPoolWatch(options: PoolWatchOptions): PoolWatch {
  const { client, poolKey, datastore, log, signal, onChange } = options;
  let spec: InferencePoolSpec | undefined;
  let members: PodWatch | undefined;

  const apply = (next: InferencePoolSpec | undefined) => {
    if (JSON.stringify(next) === JSON.stringify(spec)) return;
    const isSameSelector = selectorText(next) === selectorText(spec);
    spec = next;
    if (!isSameSelector || next === undefined || members === undefined) {
      members?.stop();
      members = next === undefined ? undefined : startPodWatch(next);
      if (next === undefined) datastore.retain(new Set());
    } else members?.refresh();
    log.info(next === undefined ? 'pool is gone' : 'pool read', { pool: keyText(poolKey) });
    onChange();
  };

  const startPodWatch = (pool: InferencePoolSpec): PodWatch =>
    watchPods({
      client,
      namespace: poolKey.namespace,
      labelSelector: selectorText(pool),
      targetPorts: () => spec?.targetPorts.map((port) => port.number) ?? [],
      datastore,
      log,
      signal,
      onChange,
    });

  const pools = new Informer<InferencePool>({
    client,
    kind: inferencePoolV1,
    log,
    namespace: poolKey.namespace,
    fieldSelector: `metadata.name=${poolKey.name}`,
  });
  pools.onChange(({ type, object }) => {
    if (object.metadata.name !== poolKey.name) return;
    const isLeaving = type === 'deleted' || object.metadata.deletionTimestamp !== undefined;
    apply(isLeaving ? undefined : object.spec);
  });
  pools.start(signal);
  return { isSynced: () => members?.isSynced() ?? false, pool: () => spec };
}

interface PodWatch {
  isSynced(): boolean;
  /** Applies changed target ports. */
  refresh(): void;
  stop(): void;
}

function watchPods(options: {
  readonly client: Client;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly targetPorts: () => readonly number[];
  readonly datastore: Datastore;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}): PodWatch {
  const { client, namespace, labelSelector, targetPorts, datastore, log, signal, onChange } = options;
  const controller = new AbortController();
  const stop = () => controller.abort();
  onAbort(signal, stop);
  const pods = new Informer<Pod>({ client, kind: resources.pods, log, namespace, labelSelector });
  pods.onChange(({ type, object }) => {
    if (controller.signal.aborted) return;
    if (type === 'deleted') datastore.remove(object);
    else datastore.update(object, targetPorts());
    onChange();
  });
  pods.start(controller.signal);
  void pods.waitForSync().then(() => {
    if (controller.signal.aborted) return;
    // Members of an earlier selector have no event of their own here.
    datastore.retain(new Set(pods.list().map((pod) => keyText(keyOf(pod)))));
    onChange();
  });
  return {
    isSynced: () => pods.hasSynced,
    refresh: () => {
      for (const pod of pods.list()) datastore.update(pod, targetPorts());
    },
    stop: () => {
      signal.removeEventListener('abort', stop);
      stop();
    },
  };
}

function selectorText(spec: InferencePoolSpec | undefined): string {
  return Object.entries(spec?.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}
