import type { PluginDefinition } from '../framework/plugin.ts';
import { approxPrefixCacheProducer } from './data-producer/approx-prefix-cache/index.ts';
import { inflightLoadProducer } from './data-producer/inflight-load/index.ts';
import { tokenProducer } from './data-producer/token/index.ts';
import { metricsDataSource } from './data-source/metrics/index.ts';
import { coreMetricsExtractor } from './extractor/core-metrics/index.ts';
import { decodeFilter } from './filter/decode/index.ts';
import { encodeFilter } from './filter/encode/index.ts';
import { labelSelectorFilter } from './filter/label-selector/index.ts';
import { prefillFilter } from './filter/prefill/index.ts';
import { anthropicParser } from './parser/anthropic/index.ts';
import { openaiParser } from './parser/openai/index.ts';
import { passthroughParser } from './parser/passthrough/index.ts';
import { vllmhttpParser } from './parser/vllmhttp/index.ts';
import { maxScorePicker } from './picker/max-score/index.ts';
import { randomPicker } from './picker/random/index.ts';
import { weightedRandomPicker } from './picker/weighted-random/index.ts';
import { disaggHeadersHandler } from './pre-request/disagg-headers/index.ts';
import { singleProfileHandler } from './profile-handler/single/index.ts';
import { activeRequestScorer } from './scorer/active-request/index.ts';
import { kvCacheUtilizationScorer } from './scorer/kv-cache-utilization/index.ts';
import { loadAwareScorer } from './scorer/load-aware/index.ts';
import { loraAffinityScorer } from './scorer/lora-affinity/index.ts';
import { noHitLruScorer } from './scorer/no-hit-lru/index.ts';
import { prefixCacheScorer } from './scorer/prefix-cache/index.ts';
import { queueScorer } from './scorer/queue/index.ts';
import { runningRequestsSizeScorer } from './scorer/running-requests-size/index.ts';

/** Every plugin type that is built, in alphabetical order of its type. */
export const builtInPlugins: readonly PluginDefinition[] = [
  activeRequestScorer,
  anthropicParser,
  approxPrefixCacheProducer,
  coreMetricsExtractor,
  decodeFilter,
  disaggHeadersHandler,
  encodeFilter,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  labelSelectorFilter,
  loadAwareScorer,
  loraAffinityScorer,
  maxScorePicker,
  metricsDataSource,
  noHitLruScorer,
  openaiParser,
  passthroughParser,
  prefillFilter,
  prefixCacheScorer,
  queueScorer,
  randomPicker,
  runningRequestsSizeScorer,
  singleProfileHandler,
  tokenProducer,
  vllmhttpParser,
  weightedRandomPicker,
];
