import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldErrorText } from '../meta/index.ts';
import { defaultConfigText, withDefaults } from './defaults.ts';
import { parseEndpointPickerConfig } from './parse.ts';
import { validateEndpointPickerConfig } from './validate.ts';

function problems(text: string): string[] {
  const { config, errors } = parseEndpointPickerConfig(text);
  const found = errors.length > 0 ? errors : validateEndpointPickerConfig(withDefaults(config));
  return found.map(fieldErrorText);
}

const head = 'apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\n';

test('the built-in default is valid and gets handler, picker and parsers', () => {
  const { config, errors, warnings } = parseEndpointPickerConfig(defaultConfigText);
  expect([errors, warnings]).toEqual([[], []]);
  const full = withDefaults(config);
  expect(validateEndpointPickerConfig(full)).toEqual([]);
  expect(full.plugins.map((plugin) => plugin.name)).toEqual([
    'queue-scorer',
    'kv-cache-utilization-scorer',
    'prefix-cache-scorer',
    'metrics-data-source',
    'core-metrics-extractor',
    'single-profile-handler',
    'max-score-picker',
    'openai-parser',
    'anthropic-parser',
    'vllmhttp-parser',
    'passthrough-parser',
  ]);
  expect(full.schedulingProfiles[0]?.plugins.map((plugin) => [plugin.pluginRef, plugin.weight])).toEqual([
    ['queue-scorer', 2],
    ['kv-cache-utilization-scorer', 2],
    ['prefix-cache-scorer', 3],
    ['max-score-picker', 1],
  ]);
});

test('without profiles one is made of every filter, scorer and picker', () => {
  const { config } = parseEndpointPickerConfig(
    `${head}plugins: [{type: decode-filter}, {type: queue-scorer}, {type: random-picker}, {type: single-profile-handler}]`,
  );
  expect(withDefaults(config).schedulingProfiles).toEqual([
    {
      name: 'default',
      plugins: ['decode-filter', 'queue-scorer', 'random-picker'].map((pluginRef) => ({
        pluginRef,
        weight: 1,
      })),
    },
  ]);
});

test('a misspelt plugin type names the nearest one', () => {
  expect(problems(`${head}plugins: [{type: max-score-picker}, {type: qeue-scorer}]`)).toEqual([
    'plugins[1].type: Unsupported value: "qeue-scorer": did you mean "queue-scorer"?',
  ]);
});

test('unknown fields, wrong types and unknown gates are collected with their paths', () => {
  expect(
    problems(
      `${head}featureGates: [flowControll, flowControl=maybe]\nplugns: []\nplugins: [{type: queue-scorer, weight: 2}, {name: x}]\nschedulingProfiles: {}\n`,
    ),
  ).toEqual([
    'plugns: Unsupported value: unknown field — did you mean "plugins"?',
    'featureGates[0]: Unsupported value: "flowControll": did you mean "flowControl"?',
    'featureGates[1]: Invalid value: "flowControl=maybe": a gate is set with "name", "name=true" or "name=false"',
    'plugins[0].weight: Unsupported value: unknown field',
    'plugins[1].type: Required value',
    'schedulingProfiles: Invalid value: {}: must be a list',
  ]);
});

test('what profiles refer to must exist, once', () => {
  expect(
    problems(`${head}
plugins: [{type: queue-scorer}, {type: queue-scorer}, {type: max-score-picker}, {type: random-picker}]
schedulingProfiles:
- name: a
  plugins: [{pluginRef: quue-scorer}, {pluginRef: max-score-picker}, {pluginRef: random-picker}]
- name: a
  plugins: []
`),
  ).toEqual([
    'plugins[1].name: Duplicate value: "queue-scorer"',
    'plugins: Required value: 2 scheduling profiles need a profile handler plugin',
    'schedulingProfiles[0].plugins[0].pluginRef: Invalid value: "quue-scorer": no plugin has this name — did you mean "queue-scorer"?',
    'schedulingProfiles[0].plugins[2].pluginRef: Forbidden: a profile has one picker, and this is its second',
    'schedulingProfiles[1].name: Duplicate value: "a"',
  ]);
});

test('deprecated spellings are accepted with a warning', () => {
  const { config, errors, warnings } = parseEndpointPickerConfig(`
apiVersion: inference.networking.x-k8s.io/v1alpha1
kind: EndpointPickerConfig
plugins:
- type: model-server-protocol-metrics
- type: openai-parser
parser: {pluginRef: openai-parser}
`);
  expect(errors).toEqual([]);
  expect(config.plugins[0]).toMatchObject({
    name: 'model-server-protocol-metrics',
    type: 'core-metrics-extractor',
  });
  expect(config.parsers).toEqual(['openai-parser']);
  expect(warnings).toEqual([
    'apiVersion inference.networking.x-k8s.io/v1alpha1 is deprecated; use llm-d.ai/v1alpha1',
    'plugins[0].type: model-server-protocol-metrics is now called core-metrics-extractor',
    'parser is deprecated; use requestHandler.parsers',
  ]);
});

test('another kind or version is refused by name', () => {
  expect(problems('apiVersion: v1\nkind: ConfigMap\n')).toEqual([
    'apiVersion: Unsupported value: "v1": supported: llm-d.ai/v1alpha1, inference.networking.x-k8s.io/v1alpha1',
    'kind: Unsupported value: "ConfigMap": supported: EndpointPickerConfig',
  ]);
});

test.each([
  'a: [',
  '"just text"',
  '- a\n- b',
  `${head}plugins: [&a {type: queue-scorer}, *b]`,
  'x'.repeat(1024 * 1024 + 1),
])('text that is not a configuration gives errors and no exception', (text) => {
  expect(problems(text).length).toBeGreaterThan(0);
});

test('any YAML value is read without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      parseEndpointPickerConfig(
        JSON.stringify({ plugins: value, schedulingProfiles: value, dataLayer: value }),
      );
      parseEndpointPickerConfig(text);
    }),
    { numRuns: 100 },
  );
});
