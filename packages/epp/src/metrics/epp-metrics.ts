import type {
  CounterChild,
  GaugeChild,
  HistogramChild,
  Labels,
  Metric,
  MetricsRegistry,
} from '@weir/core/metrics';
import type { Endpoint } from '../framework/endpoint.ts';
import type { PluginMetrics } from '../framework/plugin-metrics.ts';
import { latencyBuckets, processingBuckets, requestSizeBuckets, schedulingBuckets } from './buckets.ts';
import { createPrefixIndexMetrics } from './prefix-index-metrics.ts';

/** What every request label set carries; flow control, which sets the last two, is not in force. */
const requestLabels = ['model_name', 'target_model_name', 'fairness_id', 'priority'] as const;
const noFlow = { fairness_id: 'default-flow', priority: '0' };

/** Models that get series of their own; clients choose these names, so their number is limited. */
const maxModels = 1000;

/** The picker's metrics, under llm-d's names. One per process: several pools share it. */
export interface EppMetrics {
  readonly schedulerDuration: HistogramChild;
  readonly requestProcessingDuration: HistogramChild;
  readonly pollErrors: CounterChild;
  readonly pool: PoolGauges;
  readonly plugins: PluginMetrics;
  requestReceived(model: string, targetModel: string, bytes: number): void;
  requestFailed(model: string, targetModel: string, code: string): void;
  requestStarted(model: string, targetModel: string): void;
  requestEnded(model: string, targetModel: string, seconds: number): void;
  scheduled(targetModel: string, endpoint: Endpoint): void;
  scheduleFailed(targetModel: string): void;
}

export interface PoolGauges {
  readonly readyEndpoints: Metric<GaugeChild>;
  readonly averageQueueSize: Metric<GaugeChild>;
  readonly averageKvCacheUtilization: Metric<GaugeChild>;
  readonly averageRunningRequests: Metric<GaugeChild>;
  readonly perEndpointQueueSize: Metric<GaugeChild>;
}

export function createEppMetrics(registry: MetricsRegistry): EppMetrics {
  const metrics = registerRequestMetrics(registry);
  const models = new Map<string, ModelSeries>();
  const seriesOf = (model: string, targetModel: string): ModelSeries => {
    const key = `${model}\n${targetModel}`;
    let series = models.get(key);
    if (series !== undefined) return series;
    if (models.size >= maxModels && model !== 'other') return seriesOf('other', 'other');
    series = createSeries(metrics, { model_name: model, target_model_name: targetModel, ...noFlow });
    models.set(key, series);
    return series;
  };
  const attempts = createAttempts(registry);
  return {
    schedulerDuration: metrics.schedulerDuration.labels(),
    requestProcessingDuration: metrics.processingDuration.labels(),
    pollErrors: metrics.pollErrors.labels({ source_type: 'metrics-data-source' }),
    pool: registerPoolGauges(registry),
    plugins: createPrefixIndexMetrics(registry),
    requestReceived: (model, targetModel, bytes) => {
      const series = seriesOf(model, targetModel);
      series.total.inc();
      series.size.observe(bytes);
    },
    requestFailed: (model, targetModel, code) => {
      const { labels } = seriesOf(model, targetModel);
      metrics.errors.labels({ ...labels, error_code: code }).inc();
    },
    requestStarted: (model, targetModel) => seriesOf(model, targetModel).running.inc(),
    requestEnded: (model, targetModel, seconds) => {
      const series = seriesOf(model, targetModel);
      series.running.dec();
      series.duration.observe(seconds);
    },
    ...attempts,
  };
}

interface ModelSeries {
  readonly labels: Labels;
  readonly total: CounterChild;
  readonly running: GaugeChild;
  readonly size: HistogramChild;
  readonly duration: HistogramChild;
}

function createSeries(metrics: RequestMetrics, labels: Labels): ModelSeries {
  return {
    labels,
    total: metrics.total.labels(labels),
    running: metrics.running.labels(labels),
    size: metrics.size.labels(labels),
    duration: metrics.duration.labels(labels),
  };
}

interface RequestMetrics {
  readonly total: Metric<CounterChild>;
  readonly errors: Metric<CounterChild>;
  readonly running: Metric<GaugeChild>;
  readonly size: Metric<HistogramChild>;
  readonly duration: Metric<HistogramChild>;
  readonly schedulerDuration: Metric<HistogramChild>;
  readonly processingDuration: Metric<HistogramChild>;
  readonly pollErrors: Metric<CounterChild>;
}

function registerRequestMetrics(registry: MetricsRegistry): RequestMetrics {
  const labelNames = requestLabels;
  return {
    total: registry.counter({ name: 'llm_d_epp_request_total', help: 'Requests received.', labelNames }),
    errors: registry.counter({
      name: 'llm_d_epp_request_error_total',
      help: 'Requests that failed, by kind of failure.',
      labelNames: [...labelNames, 'error_code'],
    }),
    running: registry.gauge({
      name: 'llm_d_epp_request_running',
      help: 'Requests sent to an endpoint that have not ended.',
      labelNames,
    }),
    size: registry.histogram({
      name: 'llm_d_epp_request_size_bytes',
      help: 'Size of request bodies.',
      labelNames,
      buckets: requestSizeBuckets,
    }),
    duration: registry.histogram({
      name: 'llm_d_epp_request_duration_seconds',
      help: 'From the decision to the end of the response.',
      labelNames,
      buckets: latencyBuckets,
    }),
    schedulerDuration: registry.histogram({
      name: 'llm_d_epp_scheduler_e2e_duration_seconds',
      help: 'Time to run the scheduling profiles.',
      buckets: schedulingBuckets,
    }),
    processingDuration: registry.histogram({
      name: 'llm_d_epp_request_processing_duration_seconds',
      help: 'From the whole body to the decision.',
      buckets: processingBuckets,
    }),
    pollErrors: registry.counter({
      name: 'llm_d_epp_datalayer_poll_errors_total',
      help: 'Scrapes of endpoints that failed.',
      labelNames: ['source_type'],
    }),
  };
}

function createAttempts(registry: MetricsRegistry): Pick<EppMetrics, 'scheduled' | 'scheduleFailed'> {
  const attempts = registry.counter({
    name: 'llm_d_epp_scheduler_attempts_total',
    help: 'Scheduling attempts by outcome and chosen endpoint.',
    labelNames: ['status', 'target_model_name', 'endpoint_name', 'namespace', 'port'],
  });
  // Endpoints come and go; their series go with them.
  const byEndpoint = new WeakMap<Endpoint, Map<string, CounterChild>>();
  return {
    scheduled: (targetModel, endpoint) => {
      let byModel = byEndpoint.get(endpoint);
      if (byModel === undefined) {
        byModel = new Map();
        byEndpoint.set(endpoint, byModel);
      }
      let child = byModel.get(targetModel);
      if (child === undefined) {
        const { podName, namespace, port } = endpoint.metadata;
        child = attempts.labels({
          status: 'success',
          target_model_name: targetModel,
          endpoint_name: podName,
          namespace,
          port: String(port),
        });
        if (byModel.size < maxModels) byModel.set(targetModel, child);
      }
      child.inc();
    },
    scheduleFailed: (targetModel) =>
      attempts.labels({ status: 'failure', target_model_name: targetModel }).inc(),
  };
}

function registerPoolGauges(registry: MetricsRegistry): PoolGauges {
  const gauge = (name: string, help: string, ...more: string[]) =>
    registry.gauge({ name, help, labelNames: ['name', ...more] });
  return {
    readyEndpoints: gauge('llm_d_epp_ready_endpoints', 'Endpoints that may be picked.'),
    averageQueueSize: gauge('llm_d_epp_average_queue_size', 'Mean of waiting requests per endpoint.'),
    averageKvCacheUtilization: gauge('llm_d_epp_average_kv_cache_utilization', 'Mean KV-cache use, 0 to 1.'),
    averageRunningRequests: gauge(
      'llm_d_epp_average_running_requests',
      'Mean of running requests per endpoint.',
    ),
    perEndpointQueueSize: gauge(
      'llm_d_epp_per_endpoint_queue_size',
      'Waiting requests of one endpoint.',
      'model_server_endpoint',
    ),
  };
}
