import type { CounterChild, GaugeChild, HistogramChild, Metric, MetricsRegistry } from '@weir/core/metrics';

/** The gateway's own metrics (`weir_gateway_…`). Children of frequent label sets are looked up once. */
export class ProxyMetrics {
  readonly activeRequests: GaugeChild;
  readonly retries: CounterChild;
  readonly clientAborts: CounterChild;
  readonly upstreamFailures: Metric<CounterChild>;
  readonly fallbacks: Metric<CounterChild>;
  readonly #requests: Metric<CounterChild>;
  readonly #durations: HistogramChild;
  readonly #firstByte: HistogramChild;
  readonly #requestsByRoute = new Map<string, CounterChild>();

  constructor(registry: MetricsRegistry) {
    this.#requests = registry.counter({
      name: 'weir_gateway_requests_total',
      help: 'Requests answered, by route and status.',
      labelNames: ['route', 'code'],
    });
    const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
    this.#durations = registry
      .histogram({
        name: 'weir_gateway_request_duration_seconds',
        help: 'From the request head to the end of the answer.',
        buckets,
      })
      .labels();
    this.#firstByte = registry
      .histogram({
        name: 'weir_gateway_time_to_first_byte_seconds',
        help: 'From the request head to the head of the answer.',
        buckets,
      })
      .labels();
    this.activeRequests = registry
      .gauge({ name: 'weir_gateway_active_requests', help: 'Requests in progress.' })
      .labels();
    this.retries = registry
      .counter({ name: 'weir_gateway_retries_total', help: 'Requests sent again to another endpoint.' })
      .labels();
    this.clientAborts = registry
      .counter({
        name: 'weir_gateway_client_aborts_total',
        help: 'Requests whose client left before the end.',
      })
      .labels();
    this.upstreamFailures = registry.counter({
      name: 'weir_gateway_upstream_failures_total',
      help: 'Failed exchanges with model servers, by kind.',
      labelNames: ['failure'],
    });
    this.fallbacks = registry.counter({
      name: 'weir_gateway_picker_fallbacks_total',
      help: 'Requests routed without the picker, by reason.',
      labelNames: ['reason'],
    });
  }

  onResponseHead(startedMs: number): void {
    this.#firstByte.observe((performance.now() - startedMs) / 1000);
  }

  onEnd(route: string, status: number, durationMs: number): void {
    const key = `${status} ${route}`;
    let child = this.#requestsByRoute.get(key);
    if (child === undefined) {
      child = this.#requests.labels({ route, code: String(status) });
      this.#requestsByRoute.set(key, child);
    }
    child.inc();
    this.#durations.observe(durationMs / 1000);
  }
}
