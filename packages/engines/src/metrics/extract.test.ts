import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EngineMetricSpecs, engineMetricSpecs } from './engine-metric-specs.ts';
import { emptyEngineMetrics } from './engine-metrics.ts';
import { compileExtractor } from './extract.ts';
import { parseMetricSpec, readValue } from './metric-spec.ts';
import { labelValue } from './scan.ts';

const vllmText = `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 99
vllm:num_requests_waiting{engine="0",model_name="a \\"}\\" b"} 7
vllm:kv_cache_usage_perc{engine="0"} 0.25 1700000000000
vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="2048"} 1.0
vllm:lora_requests_info{max_lora="4",running_lora_adapters="old",waiting_lora_adapters=""} 100
vllm:lora_requests_info{max_lora="4",running_lora_adapters="sql, chat",waiting_lora_adapters="x"} 200
`;

test('the metrics of vLLM are read, longer names and other lines are not', () => {
  const metrics = emptyEngineMetrics();
  expect(compileExtractor(specs('vllm'))(vllmText, metrics)).toBe(true);
  expect(metrics).toEqual({
    waitingQueueSize: 7,
    runningRequests: 3,
    kvCacheUsage: 0.25,
    cacheBlockSize: 16,
    cacheNumBlocks: 2048,
    activeModels: ['sql', 'chat'],
    waitingModels: ['x'],
    maxActiveModels: 4,
  });
});

test('labels select among the series of one metric', () => {
  const metrics = emptyEngineMetrics();
  const text = `nv_trt_llm_request_metrics{model="m",request_type="waiting"} 2
nv_trt_llm_request_metrics{model="m",request_type="scheduled"} 5
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"} 0.5
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per"} 64
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max"} 1000`;
  compileExtractor(specs('triton-tensorrt-llm'))(text, metrics);
  expect(metrics).toMatchObject({
    waitingQueueSize: 2,
    runningRequests: 5,
    kvCacheUsage: 0.5,
    cacheBlockSize: 64,
    cacheNumBlocks: 1000,
  });
});

test('text without any of the metrics changes nothing and says so', () => {
  const metrics = { ...emptyEngineMetrics(), waitingQueueSize: 4 };
  expect(compileExtractor(specs('vllm'))('other 1\nvllm:num_requests_waiting NaN\n', metrics)).toBe(false);
  expect(metrics.waitingQueueSize).toBe(4);
});

test('of several samples the newest counts, without timestamps the first', () => {
  const spec = parseMetricSpec('m');
  if (spec === null) throw new Error('unreachable');
  expect(readValue('m{a="1"} 1 10\nm{a="2"} 2 30\nm{a="3"} 3 20', spec)).toBe(2);
  expect(readValue('m{a="1"} 1\nm{a="2"} 2', spec)).toBe(1);
});

test.each(['', '1name', 'name{', 'name{a}', 'name{a=b', 'two words'])('"%s" is no specification', (text) => {
  expect(parseMetricSpec(text)).toBeNull();
});

test('a label value survives escaping', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const escaped = value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
      fc.pre(!/[\r\u2028\u2029]/.test(value));
      expect(labelValue(`other="x",name="${escaped}",last="y"`, 'name')).toBe(value);
    }),
  );
});

test('any text is scanned to its end', () => {
  const extract = compileExtractor(specs('vllm'));
  const pieces = fc.array(
    fc.constantFrom('vllm:num_requests_waiting', '{', '}', '"', '\\', '\n', ' ', '1', 'a=', '#'),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const metrics = emptyEngineMetrics();
      extract(parts.join(''), metrics);
      expect(Number.isFinite(metrics.waitingQueueSize)).toBe(true);
    }),
  );
});

function specs(name: string): EngineMetricSpecs {
  const found = engineMetricSpecs.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no engine ${name}`);
  return found;
}
