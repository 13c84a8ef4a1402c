import { expect, test } from 'vitest';
import { MetricsRegistry } from './index.ts';

test('counters, gauges and histograms are exposed in the text format', () => {
  const registry = new MetricsRegistry();
  registry
    .counter({ name: 'requests_total', help: 'Requests.', labelNames: ['code'] })
    .labels({ code: '2"x\n' })
    .inc(2);
  registry.gauge({ name: 'running', help: 'Running.' }).labels().set(3);
  const histogram = registry.histogram({ name: 'seconds', help: 'Time.', buckets: [0.1, 1] }).labels();
  histogram.observe(0.1);
  histogram.observe(5);
  expect(registry.expose()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="2\\"x\\n"} 2
# HELP running Running.
# TYPE running gauge
running 3
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="0.1"} 1
seconds_bucket{le="1"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 5.1
seconds_count 2
`);
});

test('label sets past the limit are counted together as other', () => {
  const registry = new MetricsRegistry();
  const counter = registry.counter({ name: 'c', help: 'c', labelNames: ['model'] });
  for (let i = 0; i < 5000; i++) counter.labels({ model: `m${i}` }).inc();
  expect(
    registry
      .expose()
      .split('\n')
      .filter((line) => line.startsWith('c{')),
  ).toHaveLength(1001);
  expect(counter.labels({ model: 'other' }).value).toBe(4000);
});

test('a name is registered once', () => {
  const registry = new MetricsRegistry();
  registry.gauge({ name: 'a', help: '' });
  expect(() => registry.counter({ name: 'a', help: '' })).toThrow('metric a is registered twice');
});
