import { MetricsRegistry } from '@weir/core/metrics';
import { expect, test } from 'vitest';
import { Datastore } from '../datastore/datastore.ts';
import { createEppMetrics } from '../metrics/epp-metrics.ts';
import { buildPod } from '../testing/fake-api.ts';
import { PoolGaugeWriter } from './pool-gauges.ts';

test('the gauges follow the endpoints, and end with the picker', () => {
  const registry = new MetricsRegistry();
  const datastore = new Datastore(() => {});
  const writer = new PoolGaugeWriter({ pool: 'p', datastore, gauges: createEppMetrics(registry).pool });
  const series = () =>
    registry
      .expose()
      .split('\n')
      .filter((line) => line.includes('name="p"'));
  datastore.update(buildPod({ name: 'a', ip: '10.0.0.1' }), [8000]);
  datastore.update(buildPod({ name: 'b', ip: '10.0.0.2' }), [8000]);
  Object.assign(datastore.endpoints[0]?.metrics ?? {}, { waitingQueueSize: 3, kvCacheUsage: 0.333 });
  writer.write();
  expect(series()).toEqual([
    'llm_d_epp_ready_endpoints{name="p"} 2',
    'llm_d_epp_average_queue_size{name="p"} 1.5',
    'llm_d_epp_average_kv_cache_utilization{name="p"} 0.17',
    'llm_d_epp_average_running_requests{name="p"} 0',
    'llm_d_epp_per_endpoint_queue_size{name="p",model_server_endpoint="demo/a-rank-0"} 3',
    'llm_d_epp_per_endpoint_queue_size{name="p",model_server_endpoint="demo/b-rank-0"} 0',
  ]);
  datastore.remove(buildPod({ name: 'a', ip: '10.0.0.1' }));
  writer.write();
  expect(series()).not.toContainEqual(expect.stringContaining('demo/a-rank-0'));
  writer.stop();
  expect(series()).toEqual([]);
});
