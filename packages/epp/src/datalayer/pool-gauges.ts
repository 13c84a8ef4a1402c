import type { Datastore } from '../datastore/datastore.ts';
import type { Endpoint } from '../framework/endpoint.ts';
import type { PoolGauges } from '../metrics/epp-metrics.ts';

const defaultIntervalMs = 5000;

/** Writes the pool's gauges every few seconds and after each change of its endpoints. */
export class PoolGaugeWriter {
  readonly #pool: string;
  readonly #datastore: Datastore;
  readonly #gauges: PoolGauges;
  readonly #timer: NodeJS.Timeout;
  #written: readonly Endpoint[] = [];

  constructor(options: {
    readonly pool: string;
    readonly datastore: Datastore;
    readonly gauges: PoolGauges;
    readonly intervalMs?: number;
  }) {
    this.#pool = options.pool;
    this.#datastore = options.datastore;
    this.#gauges = options.gauges;
    this.#timer = setInterval(() => this.write(), options.intervalMs ?? defaultIntervalMs);
    this.#timer.unref();
  }

  write(): void {
    const { endpoints } = this.#datastore;
    const labels = { name: this.#pool };
    this.#gauges.readyEndpoints.labels(labels).set(endpoints.length);
    const mean = (metricOf: (endpoint: Endpoint) => number) =>
      endpoints.length === 0
        ? 0
        : Math.round((100 * endpoints.reduce((sum, one) => sum + metricOf(one), 0)) / endpoints.length) / 100;
    this.#gauges.averageQueueSize.labels(labels).set(mean((one) => one.metrics.waitingQueueSize));
    this.#gauges.averageKvCacheUtilization.labels(labels).set(mean((one) => one.metrics.kvCacheUsage));
    this.#gauges.averageRunningRequests.labels(labels).set(mean((one) => one.metrics.runningRequests));
    this.#writeQueues(endpoints);
  }

  /** Ends the pool's series too: a pool that is gone has no load. */
  stop(): void {
    clearInterval(this.#timer);
    const { perEndpointQueueSize, ...ofPool } = this.#gauges;
    for (const gauge of Object.values(ofPool)) gauge.remove({ name: this.#pool });
    for (const endpoint of this.#written) perEndpointQueueSize.remove(this.#labelsOf(endpoint));
  }

  #writeQueues(endpoints: readonly Endpoint[]): void {
    for (const gone of this.#written) {
      if (!endpoints.includes(gone)) this.#gauges.perEndpointQueueSize.remove(this.#labelsOf(gone));
    }
    for (const endpoint of endpoints) {
      this.#gauges.perEndpointQueueSize
        .labels(this.#labelsOf(endpoint))
        .set(endpoint.metrics.waitingQueueSize);
    }
    this.#written = endpoints;
  }

  #labelsOf(endpoint: Endpoint): Record<string, string> {
    return { name: this.#pool, model_server_endpoint: endpoint.id };
  }
}
