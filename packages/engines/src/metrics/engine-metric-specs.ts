/** Which metrics of an engine carry what a picker needs, as specification strings (scheduler 8.3). */
export interface EngineMetricSpecs {
  /** Value of the pod label `llm-d.ai/engine-type`. */
  readonly name: string;
  readonly queuedRequestsSpec: string | null;
  readonly runningRequestsSpec: string | null;
  readonly kvUsageSpec: string | null;
  readonly loraSpec: string | null;
  /** A sample whose labels hold block size and number of blocks. */
  readonly cacheInfoSpec: string | null;
  readonly cacheBlockSizeLabelName: string;
  readonly cacheNumBlocksLabelName: string;
  /** The same facts as values of own metrics, for engines that have no such labels. */
  readonly cacheBlockSizeSpec: string | null;
  readonly cacheNumBlocksSpec: string | null;
}

const nothing: Omit<EngineMetricSpecs, 'name'> = {
  queuedRequestsSpec: null,
  runningRequestsSpec: null,
  kvUsageSpec: null,
  loraSpec: null,
  cacheInfoSpec: null,
  cacheBlockSizeLabelName: 'block_size',
  cacheNumBlocksLabelName: 'num_gpu_blocks',
  cacheBlockSizeSpec: null,
  cacheNumBlocksSpec: null,
};

/** Engines known by name; a configuration can add more or replace these. */
export const engineMetricSpecs: readonly EngineMetricSpecs[] = [
  {
    ...nothing,
    name: 'vllm',
    queuedRequestsSpec: 'vllm:num_requests_waiting',
    runningRequestsSpec: 'vllm:num_requests_running',
    kvUsageSpec: 'vllm:kv_cache_usage_perc',
    loraSpec: 'vllm:lora_requests_info',
    cacheInfoSpec: 'vllm:cache_config_info',
  },
  {
    ...nothing,
    name: 'sglang',
    queuedRequestsSpec: 'sglang:num_queue_reqs',
    runningRequestsSpec: 'sglang:num_running_reqs',
    kvUsageSpec: 'sglang:token_usage',
    cacheInfoSpec: 'sglang:cache_config_info',
    cacheBlockSizeLabelName: 'page_size',
    cacheNumBlocksLabelName: 'num_pages',
  },
  {
    ...nothing,
    name: 'trtllm-serve',
    queuedRequestsSpec: 'trtllm_num_requests_waiting',
    runningRequestsSpec: 'trtllm_num_requests_running',
    kvUsageSpec: 'trtllm_kv_cache_utilization',
    cacheBlockSizeSpec: 'trtllm_kv_cache_tokens_per_block',
    cacheNumBlocksSpec: 'trtllm_kv_cache_max_blocks',
  },
  {
    ...nothing,
    name: 'triton-tensorrt-llm',
    queuedRequestsSpec: 'nv_trt_llm_request_metrics{request_type=waiting}',
    runningRequestsSpec: 'nv_trt_llm_request_metrics{request_type=scheduled}',
    kvUsageSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=fraction}',
    cacheBlockSizeSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=tokens_per}',
    cacheNumBlocksSpec: 'nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type=max}',
  },
  {
    ...nothing,
    name: 'triton',
    queuedRequestsSpec: 'nv_inference_pending_request_count',
    // parity: a counter of finished executions, as llm-d reads it; Triton has no gauge of running requests.
    runningRequestsSpec: 'nv_inference_exec_count',
  },
];
