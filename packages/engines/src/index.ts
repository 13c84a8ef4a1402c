export { type EngineMetricSpecs, engineMetricSpecs } from './metrics/engine-metric-specs.ts';
export { type EngineMetrics, emptyEngineMetrics } from './metrics/engine-metrics.ts';
export { compileExtractor, type MetricsExtractor } from './metrics/extract.ts';
export { parseMetricSpec } from './metrics/metric-spec.ts';
