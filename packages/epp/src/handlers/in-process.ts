import type { ObjectKey } from '@weir/api/meta';
import { keyText } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import type { Client } from '@weir/kube';
import { instantiate, type LiveConfig } from '../config/instantiate.ts';
import { problemsText, type ResolveOptions, resolveConfig } from '../config/resolve.ts';
import { MetricsCollector } from '../datalayer/collector.ts';
import { PoolGaugeWriter } from '../datalayer/pool-gauges.ts';
import { Datastore } from '../datastore/datastore.ts';
import { startPoolWatch } from '../datastore/pool-watch.ts';
import { eppErrors } from '../framework/errors.ts';
import { createEppMetrics, type EppMetrics } from '../metrics/epp-metrics.ts';
import type { MetricsSourceSettings } from '../plugins/data-source/metrics/index.ts';
import { Director, toTarget } from '../requestcontrol/director.ts';
import type { Picker } from './picker.ts';

export interface PickerOptions extends ResolveOptions {
  readonly client: Client;
  readonly poolKey: ObjectKey;
  /** EndpointPickerConfig; null or empty for the built-in default. */
  readonly configText: string | null;
  readonly log: Logger;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Uniform in [0, 1); breaks ties. */
  readonly random: () => number;
  /** One set per process, for several pickers; default a private one. */
  readonly metrics?: EppMetrics;
  /** How engines serve metrics, over what the configuration says: flags `--model-server-metrics-*`. */
  readonly metricsSource?: Partial<MetricsSourceSettings>;
  /** Flag `--refresh-metrics-interval`; at least 50. */
  readonly metricsIntervalMs?: number;
  /** Scrape while requests come (default), or only when `refresh` is called. */
  readonly scrape?: 'traffic' | 'on-demand';
  /** Flag `--refresh-prometheus-metrics-interval`; default 5,000. */
  readonly gaugesIntervalMs?: number;
}

export interface ReloadablePicker extends Picker {
  /** Puts another configuration in force; throws, and keeps the old one, when it is not usable. */
  reload(configText: string | null): void;
  /** Scrapes every endpoint once and writes the pool's gauges. */
  refresh(): Promise<void>;
}

/** Starts a picker for one pool. Throws a `WeirError` that lists every defect when the configuration is not usable. */
export function createPicker(options: PickerOptions): ReloadablePicker {
  const { client, poolKey, log, now } = options;
  const metrics = options.metrics ?? createEppMetrics(new MetricsRegistry());
  const controller = new AbortController();
  let live = load(options, options.configText, metrics);
  const datastore = new Datastore((endpoint) => director.endpointRemoved(endpoint));
  const director = new Director({ config: live, datastore, metrics, log, now });
  const gauges = new PoolGaugeWriter({
    pool: poolKey.name,
    datastore,
    gauges: metrics.pool,
    ...(options.gaugesIntervalMs === undefined ? {} : { intervalMs: options.gaugesIntervalMs }),
  });
  const startCollector = () => createCollector(options, live, datastore, director, metrics);
  let collector = startCollector();
  const readiness = deferred();

  const afterChanges = coalesce(() => {
    if (controller.signal.aborted) return;
    gauges.write();
    if (options.scrape !== 'on-demand') void collector?.refresh();
  });

  const watch = startPoolWatch({
    client,
    poolKey,
    datastore,
    log,
    signal: controller.signal,
    onChange: () => {
      if (watch.isSynced()) readiness.resolve();
      afterChanges();
    },
  });

  return {
    onRequest: async (context) => {
      collector?.touch();
      return director.decide(context);
    },
    onRetarget: (decision, address) => director.retarget(decision, address),
    onResponseHeaders: (decision, { status }) => director.responseReceived(decision, status),
    onEnd: (decision, cause) => {
      director.end(decision, cause);
      collector?.touch();
    },
    ready: () => watch.isSynced(),
    whenReady: () => readiness.promise,
    endpoints: () => datastore.endpoints.map(toTarget),
    reload: (configText) => {
      live = load(options, configText, metrics);
      director.reconfigure(live);
      collector?.stop();
      collector = startCollector();
      void collector?.refresh();
      log.info('configuration reloaded', { pool: keyText(poolKey) });
    },
    refresh: async () => {
      await collector?.refresh();
      gauges.write();
    },
    stop: () => {
      controller.abort();
      collector?.stop();
      gauges.stop();
    },
  };
}

function load(options: PickerOptions, configText: string | null, metrics: EppMetrics): LiveConfig {
  const { log, now, random } = options;
  const { resolved, errors, warnings } = resolveConfig(configText, options);
  if (resolved === null) throw eppErrors.CONFIG_INVALID({ problems: problemsText(errors) });
  for (const warning of warnings) log.warn('configuration', { warning });
  return instantiate(resolved, { log, now, random, metrics: metrics.plugins });
}

function createCollector(
  options: PickerOptions,
  live: LiveConfig,
  datastore: Datastore,
  director: Director,
  metrics: EppMetrics,
): MetricsCollector | undefined {
  if (live.metricsSource === null) return undefined;
  return new MetricsCollector({
    endpoints: () => datastore.endpoints,
    source: { ...live.metricsSource, ...options.metricsSource },
    coreMetrics: live.coreMetrics,
    intervalMs: Math.max(50, options.metricsIntervalMs ?? 50),
    isOnDemand: options.scrape === 'on-demand',
    isBusy: () => director.running > 0,
    pollErrors: metrics.pollErrors,
    log: options.log,
    now: options.now,
  });
}

/** One call for all changes of a turn of the event loop: a first list brings every pod at once. */
function coalesce(action: () => void): () => void {
  let isPending = false;
  return () => {
    if (isPending) return;
    isPending = true;
    setImmediate(() => {
      isPending = false;
      action();
    });
  };
}

// Promise.withResolvers needs Node 22.
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
