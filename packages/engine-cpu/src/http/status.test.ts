import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, user } from '../testing/engine-client.ts';
import { runTestEngine, type TestEngine } from '../testing/run-test-engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await runTestEngine([
    '--served-model-name',
    'tiny',
    'publishers/default/models/tiny',
    '--seed',
    '1',
  ]);
});
afterAll(async () => {
  expect(await engine.stop()).toBe(0);
});

describe('the other endpoints', () => {
  it('list every served name', async () => {
    const list = (await (await fetch(`${engine.url}/v1/models`)).json()) as {
      data: { id: string; max_model_len: number }[];
    };
    expect(list.data.map(({ id, max_model_len }) => [id, max_model_len])).toEqual([
      ['tiny', 2048],
      ['publishers/default/models/tiny', 2048],
    ]);
    const one = await fetch(`${engine.url}/v1/models/publishers%2Fdefault%2Fmodels%2Ftiny`);
    expect(await one.json()).toEqual(list.data[1]);
  });

  it('tokenize prompts and conversations, and back', async () => {
    const text = 'hello wörld';
    const { tokens, count } = (await (await engine.post('/tokenize', { prompt: text })).json()) as {
      tokens: number[];
      count: number;
    };
    expect(count).toBe(tokens.length);
    expect(await (await engine.post('/detokenize', { tokens })).json()).toEqual({ prompt: text });
    const conversation = await engine.post('/tokenize', { messages: user('hi'), return_token_strs: true });
    expect(((await conversation.json()) as { token_strs: string[] }).token_strs[0]).toBe('<|im_start|>');
  });

  it('echo a request id fit for a header, else make one', async () => {
    const id = async (value: string) =>
      (await fetch(`${engine.url}/version`, { headers: { 'x-request-id': value } })).headers.get(
        'x-request-id',
      );
    expect(await id('abc-1')).toBe('abc-1');
    expect(await id('x'.repeat(300))).toMatch(/^[0-9a-f]{32}$/);
    const response = await engine.post(
      '/v1/completions',
      { prompt: 'x', max_tokens: 1 },
      { headers: { 'x-request-id': 'r7' } },
    );
    expect(((await response.json()) as Answer).id).toBe('cmpl-r7');
  });

  it("expose metrics under vLLM's names", async () => {
    const text = await (await fetch(`${engine.url}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(names).toEqual([
      'vllm:num_requests_running gauge',
      'vllm:num_requests_waiting gauge',
      'vllm:kv_cache_usage_perc gauge',
      'vllm:prefix_cache_queries_total counter',
      'vllm:prefix_cache_hits_total counter',
      'vllm:num_preemptions_total counter',
      'vllm:prompt_tokens_total counter',
      'vllm:generation_tokens_total counter',
      'vllm:request_success_total counter',
      'vllm:iteration_tokens_total histogram',
      'vllm:request_params_max_tokens histogram',
      'vllm:request_params_n histogram',
      'vllm:time_to_first_token_seconds histogram',
      'vllm:inter_token_latency_seconds histogram',
      'vllm:request_time_per_output_token_seconds histogram',
      'vllm:e2e_request_latency_seconds histogram',
      'vllm:request_queue_time_seconds histogram',
      'vllm:request_inference_time_seconds histogram',
      'vllm:request_prefill_time_seconds histogram',
      'vllm:request_decode_time_seconds histogram',
      'vllm:request_prompt_tokens histogram',
      'vllm:request_generation_tokens histogram',
      'process_cpu_seconds_total counter',
      'process_resident_memory_bytes gauge',
      'process_start_time_seconds gauge',
      'vllm:cache_config_info gauge',
    ]);
    expect(text).toMatch(/^vllm:cache_config_info\{block_size="16",.*num_gpu_blocks="512",engine="0"\} 1$/m);
  });
});
