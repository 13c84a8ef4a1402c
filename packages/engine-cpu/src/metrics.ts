import { type CounterChild, type GaugeChild, type HistogramChild, MetricsRegistry } from '@weir/core/metrics';
import type { Sequence } from './scheduler/sequence.ts';

interface EngineMetricsOptions {
  /** First served name: label `model_name` of every series. */
  readonly modelName: string;
  readonly blockSize: number;
  readonly blocks: number;
  readonly isPrefixCachingOn: boolean;
  readonly maxModelLen: number;
}

const firstTokenBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const tokenGapBuckets = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const requestBuckets = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];
const stepTokenBuckets = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
const choiceBuckets = [1, 2, 5, 10, 20];

/** The metrics of a vLLM server, under vLLM's names, labels and buckets: routers and autoscalers read them. */
export class EngineMetrics {
  readonly #registry = new MetricsRegistry();
  readonly #labels: Readonly<Record<string, string>>;
  readonly #isPrefixCachingOn: boolean;
  readonly #cpu: CounterChild;
  readonly #memory: GaugeChild;
  readonly #running;
  readonly #waiting;
  readonly #cacheUsage;
  readonly #promptTokens;
  readonly #generationTokens;
  readonly #queries;
  readonly #hits;
  readonly #success;
  readonly #stepTokens: HistogramChild;
  readonly #firstToken: HistogramChild;
  readonly #tokenGap: HistogramChild;
  readonly #timePerToken: HistogramChild;
  readonly #latency: HistogramChild;
  readonly #queueTime: HistogramChild;
  readonly #inferenceTime: HistogramChild;
  readonly #prefillTime: HistogramChild;
  readonly #decodeTime: HistogramChild;
  readonly #promptLength: HistogramChild;
  readonly #outputLength: HistogramChild;
  readonly #choices: HistogramChild;
  readonly #maxTokens: HistogramChild;

  constructor(options: EngineMetricsOptions) {
    this.#labels = { model_name: options.modelName, engine: '0' };
    this.#isPrefixCachingOn = options.isPrefixCachingOn;
    const tokenBuckets = oneTwoFive(options.maxModelLen);
    this.#running = this.#gauge('num_requests_running', 'Requests in model execution batches.');
    this.#waiting = this.#gauge('num_requests_waiting', 'Requests waiting to be processed.');
    this.#cacheUsage = this.#gauge('kv_cache_usage_perc', 'KV-cache usage; 1 means all of it.');
    this.#queries = this.#counter('prefix_cache_queries_total', 'Prefix cache queries, in tokens.');
    this.#hits = this.#counter('prefix_cache_hits_total', 'Prefix cache hits, in tokens.');
    this.#counter('num_preemptions_total', 'Preemptions by the engine.');
    this.#promptTokens = this.#counter('prompt_tokens_total', 'Prefill tokens processed.');
    this.#generationTokens = this.#counter('generation_tokens_total', 'Generation tokens processed.');
    this.#success = this.#registry.counter({
      name: 'vllm:request_success_total',
      help: 'Requests finished, by reason.',
      labelNames: ['model_name', 'engine', 'finished_reason'],
    });
    for (const reason of ['stop', 'length', 'abort', 'error']) this.#successOf(reason);
    this.#stepTokens = this.#histogram('iteration_tokens_total', 'Tokens per engine step.', stepTokenBuckets);
    this.#maxTokens = this.#histogram('request_params_max_tokens', 'Parameter max_tokens.', tokenBuckets);
    this.#choices = this.#histogram('request_params_n', 'Parameter n.', choiceBuckets);
    this.#firstToken = this.#histogram(
      'time_to_first_token_seconds',
      'Time to first token.',
      firstTokenBuckets,
    );
    this.#tokenGap = this.#histogram('inter_token_latency_seconds', 'Time between tokens.', tokenGapBuckets);
    this.#timePerToken = this.#histogram(
      'request_time_per_output_token_seconds',
      'Mean time per output token of a request.',
      tokenGapBuckets,
    );
    this.#latency = this.#histogram('e2e_request_latency_seconds', 'End to end latency.', requestBuckets);
    this.#queueTime = this.#histogram('request_queue_time_seconds', 'Time spent waiting.', requestBuckets);
    this.#inferenceTime = this.#histogram(
      'request_inference_time_seconds',
      'Time spent running.',
      requestBuckets,
    );
    this.#prefillTime = this.#histogram(
      'request_prefill_time_seconds',
      'Time spent in prefill.',
      requestBuckets,
    );
    this.#decodeTime = this.#histogram(
      'request_decode_time_seconds',
      'Time spent in decode.',
      requestBuckets,
    );
    this.#promptLength = this.#histogram(
      'request_prompt_tokens',
      'Prefill tokens per request.',
      tokenBuckets,
    );
    this.#outputLength = this.#histogram(
      'request_generation_tokens',
      'Generated tokens per request.',
      tokenBuckets,
    );
    this.#cpu = this.#registry
      .counter({
        name: 'process_cpu_seconds_total',
        help: 'Total user and system CPU time spent in seconds.',
      })
      .labels();
    this.#memory = this.#process('resident_memory_bytes', 'Resident memory size in bytes.');
    const startedAt = this.#process(
      'start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
    );
    startedAt.set(performance.timeOrigin / 1000);
    this.#exposeCacheConfig(options);
  }

  expose(): string {
    const { user, system } = process.cpuUsage();
    this.#cpu.inc((user + system) / 1e6 - this.#cpu.value);
    this.#memory.set(process.memoryUsage.rss());
    return this.#registry.expose();
  }

  load(load: { readonly running: number; readonly waiting: number; readonly cacheUsage: number }): void {
    this.#running.set(load.running);
    this.#waiting.set(load.waiting);
    this.#cacheUsage.set(load.cacheUsage);
  }

  received(n: number, maxTokens: number): void {
    this.#choices.observe(n);
    this.#maxTokens.observe(maxTokens);
  }

  admitted(sequence: Sequence): void {
    if (this.#isPrefixCachingOn) this.#queries.inc(sequence.prompt.length);
    this.#hits.inc(sequence.cachedTokens ?? 0);
    this.#queueTime.observe(seconds(sequence.arrivedAtMs, sequence.scheduledAtMs));
  }

  stepped(tokens: number): void {
    this.#stepTokens.observe(tokens);
  }

  /** Call before the sequence notes the time itself. */
  drewToken(sequence: Sequence, nowMs: number): void {
    this.#generationTokens.inc();
    if (sequence.firstTokenAtMs === null) {
      this.#promptTokens.inc(sequence.prompt.length);
      this.#firstToken.observe(seconds(sequence.arrivedAtMs, nowMs));
      this.#prefillTime.observe(seconds(sequence.scheduledAtMs, nowMs));
    } else {
      this.#tokenGap.observe(seconds(sequence.lastTokenAtMs, nowMs));
    }
  }

  finished(sequence: Sequence, nowMs: number): void {
    this.#successOf(sequence.finish?.reason ?? 'abort').inc();
    this.#latency.observe(seconds(sequence.arrivedAtMs, nowMs));
    this.#promptLength.observe(sequence.prompt.length);
    this.#outputLength.observe(sequence.output.length);
    if (sequence.scheduledAtMs !== null) this.#inferenceTime.observe(seconds(sequence.scheduledAtMs, nowMs));
    if (sequence.firstTokenAtMs === null) return;
    const decodeSeconds = seconds(sequence.firstTokenAtMs, sequence.lastTokenAtMs);
    this.#decodeTime.observe(decodeSeconds);
    if (sequence.output.length > 1) this.#timePerToken.observe(decodeSeconds / (sequence.output.length - 1));
  }

  #successOf(reason: string) {
    return this.#success.labels({ ...this.#labels, finished_reason: reason });
  }

  /** Of every Prometheus client; read when the metrics are. */
  #process(name: string, help: string): GaugeChild {
    return this.#registry.gauge({ name: `process_${name}`, help }).labels();
  }

  #gauge(name: string, help: string) {
    return this.#registry.gauge({ name: `vllm:${name}`, help, labelNames }).labels(this.#labels);
  }

  #counter(name: string, help: string) {
    return this.#registry.counter({ name: `vllm:${name}`, help, labelNames }).labels(this.#labels);
  }

  #histogram(name: string, help: string, buckets: readonly number[]): HistogramChild {
    return this.#registry.histogram({ name: `vllm:${name}`, help, labelNames, buckets }).labels(this.#labels);
  }

  #exposeCacheConfig(options: EngineMetricsOptions): void {
    const labels = {
      block_size: String(options.blockSize),
      cache_dtype: 'f16',
      enable_prefix_caching: options.isPrefixCachingOn ? 'True' : 'False',
      num_gpu_blocks: String(options.blocks),
      engine: '0',
    };
    const info = this.#registry.gauge({
      name: 'vllm:cache_config_info',
      help: 'Information of the LLMEngine CacheConfig.',
      labelNames: Object.keys(labels),
    });
    info.labels(labels).set(1);
  }
}

const labelNames = ['model_name', 'engine'];

function seconds(fromMs: number | null, toMs: number | null): number {
  return Math.max(0, ((toMs ?? 0) - (fromMs ?? 0)) / 1000);
}

/** 1, 2, 5, 10, 20, 50 … up to and including the first that reaches `limit`'s magnitude without passing it. */
function oneTwoFive(limit: number): number[] {
  const buckets: number[] = [];
  for (let power = 1; power <= limit; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power <= limit) buckets.push(step * power);
  }
  return buckets;
}
