import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LLMInferenceServiceConfig, LLMInferenceServiceSpec } from '@weir/api/serving';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { combineConfig } from './combine.ts';
import { parsePlatformConfig } from './platform-config.ts';
import { pinPresetNames, presetNames } from './presets.ts';
import { templateErrors } from './render.ts';

const folder = fileURLToPath(new URL('../../../../config/llmisvcconfig', import.meta.url));
const presets = readdirSync(folder).map((file) => {
  const preset = parse(readFileSync(path.join(folder, file), 'utf8')) as LLMInferenceServiceConfig;
  return { ...preset, metadata: { ...preset.metadata, namespace: 'kserve' } };
});
const pod = { containers: [{ name: 'main' }] };
const data = { data: 4, dataLocal: 2 };
const pipeline = { pipeline: 2, tensor: 4 };

const topologies: readonly (readonly [string, LLMInferenceServiceSpec, readonly string[]])[] = [
  ['one pod', {}, ['template']],
  ['data-parallel groups', { worker: pod, parallelism: data }, ['worker-data-parallel']],
  ['pipeline-parallel groups', { worker: pod, parallelism: pipeline }, ['worker-pipeline-parallel']],
  ['prefill and decode', { prefill: {} }, ['prefill-template', 'decode-template']],
  [
    'both sides in groups',
    { worker: pod, parallelism: data, prefill: { worker: pod, parallelism: pipeline } },
    ['prefill-worker-pipeline-parallel', 'decode-worker-data-parallel'],
  ],
  [
    'groups on the other sides',
    { worker: pod, parallelism: pipeline, prefill: { worker: pod, parallelism: data } },
    ['prefill-worker-data-parallel', 'decode-worker-pipeline-parallel'],
  ],
  ['groups that share nothing', { worker: pod }, []],
  [
    'everything of the router',
    {
      tracing: {},
      router: {
        route: {},
        scheduler: {
          tokenizer: {},
          config: { inline: { plugins: [{ type: 'predicted-latency-producer' }] } },
        },
      },
    },
    ['scheduler', 'tokenizer', 'scheduler-latency-predictor', 'router-route', 'tracing', 'template'],
  ],
  [
    'a picker configured by an argument',
    {
      router: {
        scheduler: {
          template: {
            containers: [{ name: 'main', args: ['-configText', 'plugins:\n- type: token-producer'] }],
          },
        },
      },
    },
    ['scheduler', 'tokenizer', 'template'],
  ],
  [
    'a picker whose argument is overruled by an inline configuration',
    {
      router: {
        scheduler: {
          config: { inline: { plugins: [{ type: 'queue-scorer' }] } },
          template: {
            containers: [{ name: 'main', args: ['-configText', 'plugins: [{type: token-producer}]'] }],
          },
        },
      },
    },
    ['scheduler', 'template'],
  ],
  ['a pool of somebody else', { router: { scheduler: { pool: { ref: { name: 'p' } } } } }, ['template']],
  ['a route of its own', { router: { route: { http: { refs: [{ name: 'r' }] } } } }, ['template']],
];

describe('the presets of', () => {
  test.each(topologies)('%s', (_, spec, suffixes) => {
    const names = suffixes.map((suffix) => `kserve-config-llm-${suffix}`);
    expect(presetNames(spec, 'kserve-', {})).toEqual(names);
    for (const name of names) expect(presets.map(({ metadata }) => metadata.name)).toContain(name);
  });
});

test('the status records every well-known name once; the route alone follows the prefix', () => {
  const pins = pinPresetNames('v1-', {});
  expect(Object.keys(pins).length).toBe(presets.length);
  expect(pins['serving.kserve.io/config-llm-router-route']).toBe('v1-config-llm-router-route');
  expect(pinPresetNames('v2-', pins)).toEqual(pins);
  expect(presetNames({ router: { route: {} } }, 'v2-', pins)).toEqual([
    'v2-config-llm-router-route',
    'v1-config-llm-template',
  ]);
});

test('every template of every preset is known to be good before there is a service', () => {
  expect(presets.flatMap(({ spec }) => templateErrors(spec ?? {}))).toEqual([]);
});

test.each([false, true])('no composed spec holds a template or an unset value, with TLS %s', (isTls) => {
  const settings = { ingress: JSON.stringify({ enableLLMInferenceServiceTLS: isTls }) };
  const platform = parsePlatformConfig(
    { systemNamespace: 'kserve' },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, data: settings },
  );
  for (const [topology, spec] of topologies.filter(([, , suffixes]) => suffixes.length > 0)) {
    const service = {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { namespace: 'demo', name: 'hello' },
      spec: { ...spec, model: { uri: 'hf://org/m', name: `it's "$m"` } },
    };
    const combined = combineConfig({ service, platform, configs: presets });
    expect([topology, combined.type]).toEqual([topology, 'combined']);
    if (combined.type === 'combined')
      expect(JSON.stringify(combined.spec)).not.toMatch(/\{\{|<nil>|<no value>/);
  }
});

test.each(
  topologies.filter(([, { prefill, parallelism }]) => parallelism !== undefined || prefill?.parallelism),
)('every engine of groups is told of expert parallelism: %s', (_, { prefill, parallelism, ...spec }) => {
  const expert = <T>(of: T | undefined) => (of === undefined ? {} : { parallelism: { ...of, expert: true } });
  const service = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { namespace: 'demo', name: 'hello' },
    spec: {
      ...spec,
      ...expert(parallelism),
      ...(prefill === undefined ? {} : { prefill: { ...prefill, ...expert(prefill.parallelism) } }),
      model: { uri: 'hf://org/m' },
    },
  };
  const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
  const combined = combineConfig({ service, platform, configs: presets });
  const { template, worker, prefill: other } = combined.type === 'combined' ? combined.spec : {};
  const scripts = [template, worker, other?.template, other?.worker].flatMap(
    (pods) => pods?.containers?.flatMap(({ command }) => command?.[2] ?? []) ?? [],
  );
  expect(scripts.map((script) => script.includes('--enable-expert-parallel'))).toEqual(
    scripts.map(() => true),
  );
  expect(scripts.length).toBeGreaterThan(1);
});

test('engines share one script but for their flags, and drain in the same way', () => {
  const engines = presets.flatMap(({ spec }) =>
    [spec?.template, spec?.worker, spec?.prefill?.template, spec?.prefill?.worker].flatMap(
      (template) => template?.containers?.find(({ image }) => image?.includes('llm-d-cuda')) ?? [],
    ),
  );
  const scripts = engines.map(({ command }) => command?.[2] ?? '');
  const heads = new Set(scripts.map((script) => script.slice(0, script.indexOf('\nfi\n'))));
  expect([engines.length, heads.size]).toEqual([15, 1]);
  const hooks = engines.flatMap(({ lifecycle }) => lifecycle?.preStop?.exec?.command?.[2] ?? []);
  expect(new Set(hooks.map((hook) => hook.replace(/:\d+\/metrics/, ''))).size).toBe(1);
  const budgets = engines.flatMap(({ startupProbe }) => startupProbe ?? []);
  expect(budgets.map(({ periodSeconds, failureThreshold }) => [periodSeconds, failureThreshold])).toEqual(
    budgets.map(() => [1, 600]),
  );
});
