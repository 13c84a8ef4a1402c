import { fieldErrorText } from '@weir/api/meta';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { none } from '../framework/define.ts';
import { definePlugin, type PluginDefinition } from '../framework/plugin.ts';
import { builtInPlugins } from '../plugins/index.ts';
import { resolveConfig } from './resolve.ts';

const head = 'apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\n';

function problems(text: string | null): string[] {
  return resolveConfig(text).errors.map(fieldErrorText);
}

function pluginNames(text: string | null): string[] {
  const { resolved, errors } = resolveConfig(text);
  expect(errors.map(fieldErrorText)).toEqual([]);
  return resolved?.plugins.map((plugin) => plugin.spec.name) ?? [];
}

/** What the controller generates for a service without prefill (control-plane 10.2). */
const generated = `${head}plugins:
- type: single-profile-handler
- type: queue-scorer
- type: kv-cache-utilization-scorer
- type: prefix-cache-scorer
- type: no-hit-lru-scorer
- type: max-score-picker
- type: lora-affinity-scorer
schedulingProfiles:
- name: default
  plugins:
  - {pluginRef: lora-affinity-scorer, weight: 4}
  - {pluginRef: queue-scorer, weight: 2}
  - {pluginRef: kv-cache-utilization-scorer, weight: 2}
  - {pluginRef: prefix-cache-scorer, weight: 3}
  - {pluginRef: no-hit-lru-scorer, weight: 2}
  - {pluginRef: max-score-picker}
`;

test('the generated configuration of an aggregated service loads, producers before their consumers', () => {
  const names = pluginNames(generated);
  expect(names.indexOf('token-producer')).toBeLessThan(names.indexOf('approx-prefix-cache-producer'));
  expect(names.indexOf('approx-prefix-cache-producer')).toBeLessThan(names.indexOf('prefix-cache-scorer'));
});

test('the generated configuration of a prefill/decode service is refused by the plugins that are not built', () => {
  const text = `${head}plugins:
- type: disagg-headers-handler
- type: prefill-filter
- type: decode-filter
- type: queue-scorer
- type: kv-cache-utilization-scorer
- type: active-request-scorer
- type: prefix-cache-scorer
- type: max-score-picker
- type: always-disagg-pd-decider
- type: disagg-profile-handler
  parameters: {deciders: {prefill: always-disagg-pd-decider}}
schedulingProfiles:
- name: prefill
  plugins: [{pluginRef: prefill-filter}, {pluginRef: prefix-cache-scorer, weight: 3}, {pluginRef: max-score-picker}]
- name: decode
  plugins: [{pluginRef: decode-filter}, {pluginRef: active-request-scorer, weight: 2}, {pluginRef: max-score-picker}]
`;
  expect(problems(text)).toEqual([
    'plugins[8].type: Unsupported value: "always-disagg-pd-decider": this plugin is known but not built yet',
    'plugins[9].type: Unsupported value: "disagg-profile-handler": this plugin is known but not built yet',
  ]);
});

test('the default configuration of the conformance suite loads', () => {
  pluginNames(`
apiVersion: inference.networking.x-k8s.io/v1alpha1
kind: EndpointPickerConfig
plugins: [{type: queue-scorer}, {type: kv-cache-utilization-scorer}, {type: prefix-cache-scorer}, {type: lora-affinity-scorer}, {type: openai-parser}]
schedulingProfiles:
- name: default
  plugins: [{pluginRef: queue-scorer}, {pluginRef: kv-cache-utilization-scorer}, {pluginRef: prefix-cache-scorer}, {pluginRef: lora-affinity-scorer}]
requestHandler: {parsers: [{pluginRef: openai-parser}]}
`);
  pluginNames(null);
  pluginNames('  \n');
});

test.each([
  [
    'featureGates: [flowControl]\nplugins: [{type: queue-scorer}, {type: concurrency-detector}]\nsaturationDetector: {pluginRef: concurrency-detector}',
    [
      'featureGates: Unsupported value: "flowControl": this feature gate is known but not built yet',
      'plugins[1].type: Unsupported value: "concurrency-detector": this plugin is known but not built yet',
    ],
  ],
  [
    'plugins: [{type: predicted-latency-producer}, {type: latency-scorer}, {type: weighted-random-picker}]',
    [
      'plugins[0].type: Unsupported value: "predicted-latency-producer": this plugin is known but not built yet',
      'plugins[1].type: Unsupported value: "latency-scorer": this plugin is known but not built yet',
    ],
  ],
  [
    'plugins: [{type: configmap-plugin}]',
    ['plugins[0].type: Unsupported value: "configmap-plugin": no plugin of this name is known'],
  ],
  [
    'plugins: [{type: queue-scorer, parameters: {threshold: 1}}, {type: load-aware-scorer, parameters: {treshold: 1}}]',
    [
      'plugins[0].parameters.threshold: Unsupported value: unknown parameter of queue-scorer "threshold"',
      'plugins[1].parameters.treshold: Unsupported value: unknown parameter of load-aware-scorer "treshold" — did you mean "threshold"?',
    ],
  ],
  [
    'plugins: [{type: token-producer, parameters: {vllm: {url: x}}}, {type: queue-scorer}]',
    ['plugins[0].parameters.vllm: Unsupported value: this parameter is known but not built yet'],
  ],
  [
    'plugins: [{type: prefix-cache-scorer, parameters: {prefixMatchInfoProducerName: my-producer}}]',
    [
      'plugins[0].parameters: Forbidden: needs PrefixCacheMatchInfo from the plugin "my-producer", which is not configured',
    ],
  ],
  [
    'plugins: [{type: queue-scorer}]\ndataLayer: {discovery: {pluginRef: file-discovery}}',
    ['dataLayer.discovery: Unsupported value: "discovery": this field is known but not built yet'],
  ],
  [
    'plugins: [{type: queue-scorer}]\nsaturationDetector: {queueDepthThreshold: 5}',
    ['saturationDetector: Unsupported value: "saturationDetector": this field is known but not built yet'],
  ],
])('%s is refused by name', (text, expected) => {
  expect(problems(head + text)).toEqual(expected);
});

test('cache parameters that older files gave to the scorer move to the producer', () => {
  const { resolved, warnings } = resolveConfig(
    `${head}plugins: [{type: prefix-cache-scorer, parameters: {hashBlockSize: 512, lruCapacityPerServer: 7}}]`,
  );
  const producer = resolved?.plugins.find((plugin) => plugin.spec.type === 'approx-prefix-cache-producer');
  expect(producer?.parameters).toMatchObject({ blockSizeTokens: 128, lruCapacityPerServer: 7 });
  expect(warnings).toEqual([
    'plugins[0].parameters: blockSizeTokens, lruCapacityPerServer now belong to approx-prefix-cache-producer',
  ]);
});

test('flow control without its gate is ignored with a warning', () => {
  const { errors, warnings } = resolveConfig(
    `${head}plugins: [{type: queue-scorer}]\nflowControl: {maxRequests: 5}`,
  );
  expect([errors, warnings]).toEqual([[], ['flowControl is ignored: its feature gate "flowControl" is off']]);
});

test('an alpha plugin needs the flag', () => {
  const alpha: PluginDefinition = definePlugin(['request-header'], {
    type: 'agent-identity',
    stability: 'alpha',
    summary: '',
    parameters: none,
    create: () => ({}),
  });
  const registry = [...builtInPlugins, alpha];
  const text = `${head}plugins: [{type: queue-scorer}, {type: agent-identity}]`;
  expect(resolveConfig(text, { registry }).errors.map(fieldErrorText)).toEqual([
    'plugins[1].type: Forbidden: agent-identity is alpha; it needs --allow-experimental-plugins',
  ]);
  expect(resolveConfig(text, { registry, allowExperimental: true }).errors).toEqual([]);
});

test('plugins that need each other in a circle are refused', () => {
  const key = { name: 'Loop' };
  const looping = (type: string, producer: string): PluginDefinition =>
    definePlugin(['data-producer'], {
      type,
      stability: 'beta',
      summary: '',
      parameters: none,
      produces: [key],
      consumes: () => [{ key, producer }],
      create: () => ({}),
    });
  const registry = [
    ...builtInPlugins,
    looping('session-id-producer', 'mm-embeddings-cache-producer'),
    looping('mm-embeddings-cache-producer', 'session-id-producer'),
  ];
  const text = `${head}plugins: [{type: queue-scorer}, {type: session-id-producer}, {type: mm-embeddings-cache-producer}]`;
  expect(resolveConfig(text, { registry }).errors.map((error) => error.detail)).toEqual([
    `plugins need each other's data in a circle through "session-id-producer"`,
  ]);
});

test('any plugin with any parameters is resolved or refused without an exception', () => {
  const type = fc.constantFrom(...builtInPlugins.map((plugin) => plugin.type));
  fc.assert(
    fc.property(type, fc.dictionary(fc.string(), fc.jsonValue()), (one, parameters) => {
      const plugins = [{ type: one, parameters }];
      resolveConfig(
        JSON.stringify({ apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins }),
      );
    }),
    { numRuns: 60 },
  );
});
