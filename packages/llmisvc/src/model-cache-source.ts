import { setMaxListeners } from 'node:events';
import { type KubeObject, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import { type LocalModels, type ModelCache, modelCacheResources } from '@weir/api/serving';
import type { ConfigMap } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { type Client, DefinitionWatch, delay, Informer } from '@weir/kube';
import { enablesLocalModels } from './config/platform-config.ts';
import { platformConfigMapName } from './config/settings.ts';

/** Twice at most within a review, for which an API server waits ten seconds. */
const patienceMs = 3000;

/** Resolves to a copy of a collection, or to undefined while it cannot be read. */
type Source<T extends KubeObject> = () => Promise<Informer<T> | undefined>;

interface CacheSources {
  readonly ofNamespace: Source<ModelCache>;
  readonly ofCluster: Source<ModelCache>;
}

/** The caches of models as admission sees them: in every process that reviews, whether or not it leads. */
export class ModelCacheSource {
  readonly #settingsKey: ObjectKey;
  readonly #log: Logger;
  #settings: Source<ConfigMap> | undefined;
  #startCaches: (() => CacheSources) | undefined;
  #caches: CacheSources | undefined;

  constructor(options: { readonly systemNamespace: string; readonly log: Logger }) {
    this.#settingsKey = { namespace: options.systemNamespace, name: platformConfigMapName };
    this.#log = options.log;
  }

  /** Follows the platform's settings until the signal, and the caches from when they first matter. */
  start(client: Client, signal: AbortSignal): void {
    // Requests of several informers listen to it; the default limit is meant to find leaks of ten.
    setMaxListeners(10_000, signal);
    const { namespace, name } = this.#settingsKey;
    const log = this.#log;
    const fieldSelector = `metadata.name=${name}`;
    this.#settings = follow(
      new Informer({ client, kind: resources.configMaps, log, namespace, fieldSelector }),
      log,
      signal,
    );
    this.#startCaches = () => startCaches(client, log, signal);
  }

  /** Throws PlatformConfigError where the settings say something that cannot be used. */
  async modelsFor(namespace: string): Promise<LocalModels> {
    const settings = await this.#settings?.();
    if (settings === undefined) return 'unknown';
    if (!enablesLocalModels(settings.get(this.#settingsKey))) return 'disabled';
    this.#caches ??= this.#startCaches?.();
    const [ofNamespace, ofCluster] = await Promise.all([
      this.#caches?.ofNamespace(),
      this.#caches?.ofCluster(),
    ]);
    if (ofNamespace === undefined || ofCluster === undefined) return 'unknown';
    return { ofNamespace: ofNamespace.list(namespace), ofCluster: ofCluster.list() };
  }
}

function startCaches(client: Client, log: Logger, signal: AbortSignal): CacheSources {
  const definitions = new DefinitionWatch({ client, log });
  definitions.start(signal);
  const followed = (kind: ResourceKind<ModelCache>): Source<ModelCache> =>
    follow(new Informer({ client, kind, log, definitions, transform: withoutRest }), log, signal);
  return {
    ofNamespace: followed(modelCacheResources.ofNamespace),
    ofCluster: followed(modelCacheResources.ofCluster),
  };
}

/** What decides; the status counts every node. */
function withoutRest({ apiVersion, kind, metadata, spec }: ModelCache): ModelCache {
  const { name = '', namespace, resourceVersion = '' } = metadata;
  const kept = { name, resourceVersion, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, metadata: kept, ...(spec === undefined ? {} : { spec }) };
}

/** Once time is up, nobody waits any more. */
function follow<T extends KubeObject>(informer: Informer<T>, log: Logger, signal: AbortSignal): Source<T> {
  informer.start(signal);
  const patience = delay(patienceMs, signal).then(() => {
    if (informer.hasSynced || signal.aborted) return;
    const { plural } = informer.kind;
    log.warn(`${plural} cannot be read: services keep what they say of caches of models — check the rights`);
  });
  return async () => {
    if (!informer.hasSynced) await Promise.race([informer.waitForSync(), patience]);
    return informer.hasSynced ? informer : undefined;
  };
}
