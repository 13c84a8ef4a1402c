import { MetricsRegistry } from '@weir/core/metrics';
import { expect, test } from 'vitest';
import { buildEndpoint } from '../testing/builders.ts';
import { createEppMetrics } from './epp-metrics.ts';

function lines(registry: MetricsRegistry, name: string): string[] {
  return registry
    .expose()
    .split('\n')
    .filter((line) => line.startsWith(name));
}

test('requests are counted by model, failures by kind, attempts by endpoint', () => {
  const registry = new MetricsRegistry();
  const metrics = createEppMetrics(registry);
  metrics.requestReceived('m', 'm', 100);
  metrics.requestStarted('m', 'm');
  metrics.scheduled('m', buildEndpoint(3));
  metrics.requestReceived('m', 'm', 100);
  metrics.requestFailed('m', 'm', 'ResourceExhausted');
  metrics.scheduleFailed('m');
  const labels = 'model_name="m",target_model_name="m",fairness_id="default-flow",priority="0"';
  expect(lines(registry, 'llm_d_epp_request_total')).toEqual([`llm_d_epp_request_total{${labels}} 2`]);
  expect(lines(registry, 'llm_d_epp_request_running')).toEqual([`llm_d_epp_request_running{${labels}} 1`]);
  expect(lines(registry, 'llm_d_epp_request_error_total')).toEqual([
    `llm_d_epp_request_error_total{${labels},error_code="ResourceExhausted"} 1`,
  ]);
  expect(lines(registry, 'llm_d_epp_scheduler_attempts_total')).toEqual([
    'llm_d_epp_scheduler_attempts_total{status="success",target_model_name="m",endpoint_name="pod-3",namespace="demo",port="8000"} 1',
    'llm_d_epp_scheduler_attempts_total{status="failure",target_model_name="m",endpoint_name="",namespace="",port=""} 1',
  ]);
  metrics.requestEnded('m', 'm', 2);
  expect(lines(registry, 'llm_d_epp_request_running')).toEqual([`llm_d_epp_request_running{${labels}} 0`]);
  expect(lines(registry, 'llm_d_epp_request_duration_seconds_count')).toEqual([
    `llm_d_epp_request_duration_seconds_count{${labels}} 1`,
  ]);
});

test('a prefix index shows its size and how much of the prompts it finds', () => {
  const registry = new MetricsRegistry();
  const index = createEppMetrics(registry).plugins.prefixIndex('mine', 'approx-prefix-cache-producer');
  index.size(12);
  index.lookup(3, 4, 64);
  index.lookup(0, 0, 64);
  const labels = 'plugin_name="mine",plugin_type="approx-prefix-cache-producer"';
  expect(lines(registry, 'llm_d_epp_prefix_indexer_size')).toEqual([
    `llm_d_epp_prefix_indexer_size{${labels}} 12`,
  ]);
  expect(lines(registry, 'llm_d_epp_prefix_indexer_hit_ratio_sum')[0]).toMatch(/ 0\.75$/);
  expect(lines(registry, 'llm_d_epp_prefix_indexer_hit_bytes_sum')[0]).toMatch(/ 768$/);
  expect(lines(registry, 'llm_d_epp_prefix_indexer_hit_bytes_count')[0]).toMatch(/ 1$/);
});

test('names that clients make up share one series beyond a limit', () => {
  const registry = new MetricsRegistry();
  const metrics = createEppMetrics(registry);
  for (let i = 0; i < 1500; i++) metrics.requestReceived(`made-up-${i}`, `made-up-${i}`, 1);
  const series = lines(registry, 'llm_d_epp_request_total{');
  expect(series.length).toBeLessThanOrEqual(1001);
  expect(series.at(-1)).toMatch(/model_name="other".* 500$/);
});
