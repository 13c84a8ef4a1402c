import { expect, test } from 'vitest';
import { createPlugin, pluginContract } from '../framework/plugin.contract.ts';
import { metricsDataSource } from './data-source/metrics/index.ts';
import { coreMetricsExtractor, coreMetricsParameters } from './extractor/core-metrics/index.ts';
import { builtInPlugins } from './index.ts';
import { disaggHeadersHandler } from './pre-request/disagg-headers/index.ts';
import { singleProfileHandler } from './profile-handler/single/index.ts';

pluginContract(metricsDataSource, new URL('data-source/metrics/', import.meta.url));
pluginContract(coreMetricsExtractor, new URL('extractor/core-metrics/', import.meta.url));
pluginContract(disaggHeadersHandler, new URL('pre-request/disagg-headers/', import.meta.url));
pluginContract(singleProfileHandler, new URL('profile-handler/single/', import.meta.url));

test('the list of plugins is alphabetical and names each type once', () => {
  const types = builtInPlugins.map((plugin) => plugin.type);
  expect(types).toEqual([...new Set(types)].sort());
});

test.each([
  [metricsDataSource, { interval: '10ms' }, /at least 50ms/],
  [metricsDataSource, { scheme: 'ftp' }, /scheme/],
  [metricsDataSource, { port: 0 }, /port/],
  [
    coreMetricsExtractor,
    { engineConfigs: [{ name: 'x', kvUsageSpec: 'not a metric' }] },
    /must be a metric name/,
  ],
  [coreMetricsExtractor, { engineConfigs: [{ name: 'default' }] }, /reserved/],
  [coreMetricsExtractor, { defaultEngine: 'nobody' }, /names no engine/],
])('$type refuses %j', (definition, parameters, message) => {
  expect(() => createPlugin(definition, parameters)).toThrow(message);
});

test('engines of the file stand before those known by name', () => {
  const { engines } = coreMetricsParameters.parse({
    engineConfigs: [{ name: 'vllm', kvUsageSpec: 'old_name' }],
  });
  expect(engines.find((engine) => engine.name === 'vllm')).toMatchObject({
    kvUsageSpec: 'old_name',
    loraSpec: null,
  });
});
