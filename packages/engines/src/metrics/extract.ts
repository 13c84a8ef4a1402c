import type { EngineMetricSpecs } from './engine-metric-specs.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import { type MetricSpec, parseMetricSpec, readLatestLabels, readValue } from './metric-spec.ts';
import { labelValue } from './scan.ts';

/** Writes what Prometheus text says into `into`; what it does not mention keeps its value. True if anything was found. */
export type MetricsExtractor = (text: string, into: EngineMetrics) => boolean;

/** Prepares the reading of one engine's metrics. Throws on a specification that cannot be parsed. */
export function compileExtractor(specs: EngineMetricSpecs): MetricsExtractor {
  const steps = [
    number(specs.queuedRequestsSpec, (value, into) => {
      into.waitingQueueSize = value;
    }),
    number(specs.runningRequestsSpec, (value, into) => {
      into.runningRequests = value;
    }),
    number(specs.kvUsageSpec, (value, into) => {
      into.kvCacheUsage = value;
    }),
    number(specs.cacheBlockSizeSpec, (value, into) => {
      into.cacheBlockSize = value;
    }),
    number(specs.cacheNumBlocksSpec, (value, into) => {
      into.cacheNumBlocks = value;
    }),
    cacheInfo(specs),
    adapters(specs.loraSpec),
  ].filter((step) => step !== null);
  return (text, into) => {
    let hasFound = false;
    for (const step of steps) hasFound = step(text, into) || hasFound;
    return hasFound;
  };
}

function number(
  text: string | null,
  assign: (value: number, into: EngineMetrics) => void,
): MetricsExtractor | null {
  const spec = parse(text);
  if (spec === null) return null;
  return (exposition, into) => {
    const value = readValue(exposition, spec);
    if (value === null || !Number.isFinite(value)) return false;
    assign(value, into);
    return true;
  };
}

function cacheInfo(specs: EngineMetricSpecs): MetricsExtractor | null {
  const spec = parse(specs.cacheInfoSpec);
  if (spec === null) return null;
  return (text, into) => {
    const labels = readLatestLabels(text, spec);
    if (labels === null) return false;
    into.cacheBlockSize = positive(labelValue(labels, specs.cacheBlockSizeLabelName)) ?? into.cacheBlockSize;
    into.cacheNumBlocks = positive(labelValue(labels, specs.cacheNumBlocksLabelName)) ?? into.cacheNumBlocks;
    return true;
  };
}

/** The series with the largest value counts: the value is the time at which its labels were true. */
function adapters(text: string | null): MetricsExtractor | null {
  const spec = parse(text);
  if (spec === null) return null;
  return (exposition, into) => {
    const labels = readLatestLabels(exposition, spec);
    if (labels === null) return false;
    into.activeModels = names(labelValue(labels, 'running_lora_adapters'));
    into.waitingModels = names(labelValue(labels, 'waiting_lora_adapters'));
    into.maxActiveModels = positive(labelValue(labels, 'max_lora')) ?? 0;
    return true;
  };
}

function parse(text: string | null): MetricSpec | null {
  if (text === null) return null;
  const spec = parseMetricSpec(text);
  if (spec === null) throw new Error(`"${text}" is not a metric name with optional {label=value} selectors`);
  return spec;
}

function positive(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}

function names(text: string | null): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
