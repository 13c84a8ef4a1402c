import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { CounterChild } from '@weir/core/metrics';
import { compileExtractor, type MetricsExtractor } from '@weir/engines';
import type { Endpoint } from '../framework/endpoint.ts';
import type { MetricsSourceSettings } from '../plugins/data-source/metrics/index.ts';
import type { CoreMetricsSettings } from '../plugins/extractor/core-metrics/index.ts';
import { createScraper, type Scraper } from './scrape.ts';

export interface CollectorOptions {
  readonly endpoints: () => readonly Endpoint[];
  readonly source: MetricsSourceSettings;
  readonly coreMetrics: CoreMetricsSettings;
  /** Time between scrapes while requests come, unless the source says another. */
  readonly intervalMs: number;
  /** Scrape only when `refresh` is called. */
  readonly isOnDemand: boolean;
  /** True while requests are under way. */
  readonly isBusy: () => boolean;
  readonly pollErrors: CounterChild;
  readonly log: Logger;
  readonly now: () => number;
}

/** Without requests the interval doubles up to this; enough for gauges, and next to no work for an idle engine. */
const maxIdleIntervalMs = 5000;
/** How long after the last request the full rate is kept. */
const activeMs = 1000;
/** A large pool is scraped less often rather than with all of the processor. */
const minMsPerEndpoint = 2;
const legacyEngineLabel = 'inference.networking.k8s.io/engine-type';

/**
 * Keeps the metrics of every endpoint fresh while there is traffic. A failed scrape keeps the old values: scheduling
 * never drops an endpoint for being stale.
 */
export class MetricsCollector {
  readonly #options: CollectorOptions;
  readonly #extractors = new Map<string, MetricsExtractor>();
  readonly #scrapers = new Map<
    Endpoint,
    { readonly scraper: Scraper; isWaiting: boolean; hasFailed: boolean }
  >();
  /** The list of the last tick; the datastore makes a new one for each change. */
  #scraped: readonly Endpoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #intervalMs: number;
  #lastTouchMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#intervalMs = this.#baseInterval();
    for (const engine of options.coreMetrics.engines) {
      // The first of a name wins: engines of the file stand before the built-in ones.
      if (!this.#extractors.has(engine.name)) this.#extractors.set(engine.name, compileExtractor(engine));
    }
  }

  /** A request came or ended: scrape at the full rate, and at once when the last scrape is old. */
  touch(): void {
    this.#lastTouchMs = this.#options.now();
    if (!this.#options.isOnDemand && this.#intervalMs > this.#baseInterval()) void this.refresh();
  }

  /** Scrapes now, and goes on from there unless on demand. Resolves when every answer is in or has failed. */
  async refresh(): Promise<void> {
    if (this.#isStopped) return;
    this.#intervalMs = this.#baseInterval();
    clearTimeout(this.#timer);
    await this.#tick();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const { scraper } of this.#scrapers.values()) scraper.close();
    this.#scrapers.clear();
  }

  async #tick(): Promise<void> {
    const endpoints = this.#options.endpoints();
    this.#dropOthers(endpoints);
    if (!this.#options.isOnDemand) this.#scheduleNext();
    await Promise.all(endpoints.map((endpoint) => this.#scrape(endpoint)));
  }

  #scheduleNext(): void {
    const isActive = this.#options.isBusy() || this.#options.now() - this.#lastTouchMs < activeMs;
    this.#intervalMs = isActive
      ? this.#baseInterval()
      : Math.min(Math.max(maxIdleIntervalMs, this.#baseInterval()), this.#intervalMs * 2);
    this.#timer = setTimeout(() => void this.#tick(), this.#intervalMs);
    this.#timer.unref();
  }

  #baseInterval(): number {
    const { source, intervalMs, endpoints } = this.#options;
    return Math.max(source.interval ?? intervalMs, endpoints().length * minMsPerEndpoint);
  }

  #dropOthers(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.#scraped) return;
    this.#scraped = endpoints;
    const current = new Set(endpoints);
    for (const [endpoint, { scraper }] of [...this.#scrapers]) {
      if (current.has(endpoint)) continue;
      scraper.close();
      this.#scrapers.delete(endpoint);
    }
  }

  async #scrape(endpoint: Endpoint): Promise<void> {
    const { source, pollErrors, log, now } = this.#options;
    let entry = this.#scrapers.get(endpoint);
    if (entry === undefined) {
      entry = { scraper: createScraper(endpoint, source), isWaiting: false, hasFailed: false };
      this.#scrapers.set(endpoint, entry);
    }
    if (entry.isWaiting) return;
    entry.isWaiting = true;
    try {
      const text = await entry.scraper.scrape();
      if (this.#extractorOf(endpoint)?.(text, endpoint.metrics)) endpoint.metrics.updatedAtMs = now();
      entry.hasFailed = false;
    } catch (error) {
      if (this.#isStopped || this.#scrapers.get(endpoint) !== entry) return;
      pollErrors.inc();
      // Once per spell: at twenty scrapes a second the log would hold nothing else.
      if (!entry.hasFailed) {
        log.warn('endpoint metrics not read', { endpoint: endpoint.id, error: toError(error).message });
      }
      entry.hasFailed = true;
    } finally {
      entry.isWaiting = false;
    }
  }

  #extractorOf({ metadata: { labels } }: Endpoint): MetricsExtractor | undefined {
    const { engineLabelKey, defaultEngine } = this.#options.coreMetrics;
    const name = labels[engineLabelKey] ?? labels[legacyEngineLabel];
    const own = name === undefined ? undefined : this.#extractors.get(name);
    return own ?? this.#extractors.get(defaultEngine);
  }
}
