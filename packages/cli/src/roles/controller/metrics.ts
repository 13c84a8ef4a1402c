import type { CounterChild, GaugeChild, HistogramChild, Metric, MetricsRegistry } from '@weir/core/metrics';
import type { ReconcileOutcome } from '@weir/kube';

/** Names of controller-runtime, so that its dashboards work. */
export interface ControllerMetrics {
  readonly leader: Metric<GaugeChild>;
  readonly onReconciled: (outcome: ReconcileOutcome) => void;
  readonly webhookRequests: Metric<CounterChild>;
  readonly webhookLatency: Metric<HistogramChild>;
}

export function createControllerMetrics(registry: MetricsRegistry): ControllerMetrics {
  const reconciles = registry.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by controller and result.',
    labelNames: ['controller', 'result'],
  });
  const reconcileTime = registry.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of a reconcile.',
    labelNames: ['controller'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });
  return {
    onReconciled({ controller, result, seconds }) {
      reconciles.labels({ controller, result }).inc();
      reconcileTime.labels({ controller }).observe(seconds);
    },
    leader: registry.gauge({
      name: 'leader_election_master_status',
      help: 'Whether this process holds the lease.',
      labelNames: ['name'],
    }),
    webhookRequests: registry.counter({
      name: 'controller_runtime_webhook_requests_total',
      help: 'Admission requests by path and HTTP status code.',
      labelNames: ['webhook', 'code'],
    }),
    webhookLatency: registry.histogram({
      name: 'controller_runtime_webhook_latency_seconds',
      help: 'Time to answer admission requests.',
      labelNames: ['webhook'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
  };
}
