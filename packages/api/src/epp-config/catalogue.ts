export type PluginKind =
  | 'screener'
  | 'filter'
  | 'scorer'
  | 'picker'
  | 'profile-handler'
  | 'decider'
  | 'pre-request'
  | 'request-header'
  | 'data-producer'
  | 'admitter'
  | 'response'
  | 'parser'
  | 'data-source'
  | 'extractor'
  | 'discovery'
  | 'fairness-policy'
  | 'ordering-policy'
  | 'usage-limit-policy'
  | 'eviction-policy'
  | 'saturation-detector';

export interface PluginTypeInfo {
  readonly kinds: readonly PluginKind[];
  /** Alpha plugins load only with `--allow-experimental-plugins`. */
  readonly stability: 'alpha' | 'beta';
}

/** Every plugin type that EndpointPickerConfig files may name (scheduler 6.1), whether or not it is built here. */
export const pluginCatalogue: ReadonlyMap<string, PluginTypeInfo> = new Map([
  ...types(['screener'], 'alpha', ['disaggregatedset-rollout-screener']),
  ...types(['filter'], 'beta', [
    'by-label',
    'by-label-selector',
    'decode-filter',
    'encode-filter',
    'header-based-testing-filter',
    'label-selector-filter',
    'prefill-filter',
    'prefix-cache-affinity-filter',
    'slo-headroom-tier-filter',
  ]),
  ...types(['filter'], 'alpha', [
    'endpoint-attribute-filter',
    'multicluster-session-affinity-filter',
    'session-affinity-filter',
    'topology-affinity-filter',
    'utilization-filter',
  ]),
  ...types(['filter', 'scorer'], 'beta', ['context-length-aware']),
  ...types(['scorer'], 'beta', [
    'active-request-scorer',
    'kv-cache-utilization-scorer',
    'latency-scorer',
    'load-aware-scorer',
    'lora-affinity-scorer',
    'mm-embeddings-cache-scorer',
    'no-hit-lru-scorer',
    'precise-prefix-cache-scorer',
    'prefix-cache-scorer',
    'queue-scorer',
    'running-requests-size-scorer',
    'token-load-scorer',
  ]),
  ...types(['scorer'], 'alpha', [
    'endpoint-attribute-scorer',
    'header-label-affinity-scorer',
    'multicluster-kv-cache-utilization-scorer',
    'multicluster-prefix-cache-scorer',
    'multicluster-queue-scorer',
    'session-affinity-scorer',
    'topology-affinity-scorer',
  ]),
  ...types(['picker'], 'beta', ['max-score-picker', 'random-picker', 'weighted-random-picker']),
  ...types(['profile-handler'], 'beta', [
    'data-parallel-profile-handler',
    'disagg-profile-handler',
    'pd-profile-handler',
    'single-profile-handler',
  ]),
  ...types(['profile-handler'], 'alpha', ['header-profile-handler']),
  ...types(['decider'], 'beta', [
    'always-disagg-multimodal-decider',
    'always-disagg-pd-decider',
    'prefix-based-pd-decider',
  ]),
  ...types(['pre-request'], 'beta', ['disagg-headers-handler', 'prefill-header-handler']),
  ...types(['request-header'], 'alpha', ['agent-identity']),
  ...types(['data-producer'], 'beta', [
    'approx-prefix-cache-producer',
    'inflight-load-producer',
    'mm-embeddings-cache-producer',
    'precise-prefix-cache-producer',
    'predicted-latency-producer',
    'session-id-producer',
    'token-producer',
  ]),
  ...types(['data-producer'], 'alpha', [
    'burst-prefix-cache-producer',
    'multicluster-approx-prefix-cache-producer',
    'p2p-source-producer',
  ]),
  ...types(['admitter'], 'beta', ['latency-slo-admitter', 'probabilistic-admitter']),
  ...types(['response'], 'beta', ['destination-endpoint-served-verifier', 'request-attribute-reporter']),
  ...types(['parser'], 'beta', [
    'anthropic-parser',
    'openai-parser',
    'passthrough-parser',
    'sglanghttp-parser',
    'vertexai-parser',
    'vllmgrpc-parser',
    'vllmhttp-parser',
  ]),
  ...types(['data-source'], 'beta', [
    'endpoint-notification-source',
    'k8s-notification-source',
    'metrics-data-source',
    'models-data-source',
  ]),
  ...types(['data-source'], 'alpha', ['dcgm-data-source', 'multicluster-metrics-data-source']),
  ...types(['extractor'], 'beta', ['core-metrics-extractor', 'models-data-extractor']),
  ...types(['extractor'], 'alpha', [
    'dcgm-extractor',
    'multicluster-metrics-extractor',
    'topology-extractor',
  ]),
  ...types(['discovery'], 'beta', ['file-discovery']),
  ...types(['discovery'], 'alpha', ['multicluster-file-discovery']),
  ...types(['fairness-policy'], 'beta', [
    'global-strict-fairness-policy',
    'program-aware-fairness',
    'round-robin-fairness-policy',
  ]),
  ...types(['ordering-policy'], 'beta', [
    'edf-ordering-policy',
    'fcfs-ordering-policy',
    'slo-deadline-ordering-policy',
  ]),
  ...types(['usage-limit-policy'], 'beta', ['static-usage-limit-policy']),
  ...types(['usage-limit-policy'], 'alpha', ['priority-holdback-policy', 'soft-reflective-ceiling-policy']),
  ...types(['eviction-policy'], 'alpha', [
    'priority-then-time-eviction-order-policy',
    'sheddable-eviction-filter',
  ]),
  ...types(['saturation-detector', 'filter'], 'beta', ['concurrency-detector', 'utilization-detector']),
]);

/** Names of older files whose plugin lives on under another one (scheduler 13.3). */
export const pluginAliases: ReadonlyMap<string, string> = new Map([
  ['active-request-filter', 'utilization-filter'],
  ['eviction-priority-then-time-ordering', 'priority-then-time-eviction-order-policy'],
  ['eviction-sheddable-filter', 'sheddable-eviction-filter'],
  ['model-server-protocol-metrics', 'core-metrics-extractor'],
  ['model-server-protocol-models', 'models-data-extractor'],
  ['prefill-header-handler', 'disagg-headers-handler'],
  ['tokenizer', 'token-producer'],
]);

function types(
  kinds: readonly PluginKind[],
  stability: PluginTypeInfo['stability'],
  names: readonly string[],
): [string, PluginTypeInfo][] {
  return names.map((name) => [name, { kinds, stability }]);
}
