import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveConfig } from '../resolve.ts';
import {
  type ConfigDocument,
  type MigrationOptions,
  migrateConfigDocument,
  readConfigDocument,
  removedFlags,
  writeConfigDocument,
} from './index.ts';
import { isAtLeast, parseVersion } from './version.ts';

const plain = { version: '0.10.0', flags: {}, hasTokenizerSidecar: false, tokenizerUrl: null };

function migrate(text: string, options: Partial<MigrationOptions> = {}): ConfigDocument {
  return migrateConfigDocument(readConfigDocument(text) ?? {}, { ...plain, ...options });
}

const disaggregated = `apiVersion: inference.networking.x-k8s.io/v1alpha1
kind: EndpointPickerConfig
plugins:
- type: prefill-header-handler
- type: prefix-cache-scorer
  parameters: {hashBlockSize: 5, maxPrefixBlocksToMatch: 256}
- type: pd-profile-handler
  parameters: {threshold: 10, hashBlockSize: 5, primaryPort: 8000}
schedulingProfiles:
- name: decode
  plugins:
  - pluginRef: prefix-cache-scorer
    weight: 2
`;

test('a file of 0.5 becomes one of 0.10', () => {
  expect(migrate(disaggregated)).toEqual({
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    plugins: [
      { type: 'disagg-headers-handler' },
      { type: 'prefix-cache-scorer' },
      { type: 'prefix-based-pd-decider', parameters: { nonCachedTokens: 3 } },
      {
        type: 'disagg-profile-handler',
        parameters: { primaryPort: 8000, deciders: { prefill: 'prefix-based-pd-decider' } },
      },
    ],
    schedulingProfiles: [{ name: 'decode', plugins: [{ pluginRef: 'prefix-cache-scorer', weight: 2 }] }],
  });
});

test('a picker older than every migration gets its file as it is', () => {
  expect(migrate(disaggregated, { version: '' })).toEqual(readConfigDocument(disaggregated));
  expect(() => migrate(disaggregated, { version: 'latest' })).toThrow(
    '"latest" is not a version such as 0.10.0',
  );
});

test('a threshold of 0 always disaggregates, a named decider stays the choice of the file', () => {
  const handler = (parameters: string) =>
    migrate(`plugins: [{type: pd-profile-handler, parameters: ${parameters}}]`);
  expect(handler('{threshold: 0}').plugins).toEqual([
    { type: 'always-disagg-pd-decider' },
    { type: 'disagg-profile-handler', parameters: { deciders: { prefill: 'always-disagg-pd-decider' } } },
  ]);
  expect(handler('{deciderPluginName: mine, threshold: 9}').plugins).toEqual([
    { type: 'disagg-profile-handler', parameters: { deciders: { prefill: 'mine' } } },
  ]);
});

test('a handler keeps its own name, and the references to it', () => {
  const text = `plugins: [{type: prefill-header-handler, name: mine}]
schedulingProfiles: [{name: p, plugins: [{pluginRef: mine}]}]`;
  expect(migrate(text)).toEqual({
    plugins: [{ type: 'disagg-headers-handler', name: 'mine' }],
    schedulingProfiles: [{ name: 'p', plugins: [{ pluginRef: 'mine' }] }],
  });
});

test('flags that the picker lost move into the file', () => {
  const flags = {
    'kv-cache-usage-percentage-metric': 'sglang:usage',
    'model-server-metrics-scheme': 'https',
  };
  expect(migrate('plugins: []', { flags }).plugins).toEqual([
    {
      type: 'core-metrics-extractor',
      parameters: {
        engineLabelKey: 'inference.networking.k8s.io/engine-type',
        defaultEngine: 'vllm',
        engineConfigs: [{ name: 'vllm', kvUsageSpec: 'sglang:usage' }],
      },
    },
    { type: 'metrics-data-source', parameters: { scheme: 'https' } },
  ]);
  expect([...removedFlags('0.9.0').keys()]).not.toContain('model-server-metrics-scheme');
  expect(removedFlags('0.10.0').get('model-server-metrics-port')).toBe(false);
});

test.each(['model-server-protocol-metrics', 'core-metrics-extractor'])(
  'a file that names the metrics itself, by %s, keeps its names',
  (type) => {
    const flags = { 'total-queued-requests-metric': 'ours' };
    expect(migrate(`plugins: [{type: ${type}, parameters: {own: 1}}]`, { flags }).plugins).toEqual([
      { type: 'core-metrics-extractor', parameters: { own: 1 } },
    ]);
  },
);

test.each([
  ['true', true],
  ['1', true],
  ['F', false],
  ['0', false],
])('a flag that is on or off is read as the picker read it: %s', (value, insecureSkipVerify) => {
  const flags = { 'model-server-metrics-https-insecure-skip-verify': value };
  expect(migrate('plugins: []', { flags }).plugins).toEqual([
    { type: 'metrics-data-source', parameters: { insecureSkipVerify } },
  ]);
});

test('a flag that is neither on nor off is refused by name', () => {
  const flags = { 'model-server-metrics-https-insecure-skip-verify': 'maybe' };
  expect(() => migrate('plugins: []', { flags })).toThrow(
    '--model-server-metrics-https-insecure-skip-verify: "maybe" is neither true nor false',
  );
});

test('with a tokenizer the precise scorer becomes three plugins and one reference', () => {
  const text = `plugins:
- type: precise-prefix-cache-scorer
  parameters:
    indexerConfig: {tokenProcessorConfig: {blockSize: 16}, tokenizersPoolConfig: {hf: {}}, kvBlockIndexConfig: {a: 1}}
- type: prefix-cache-scorer
schedulingProfiles:
- name: default
  plugins: [{pluginRef: prefix-cache-scorer, weight: 1}, {pluginRef: precise-prefix-cache-scorer, weight: 3}]`;
  const url = 'http://t.demo.svc.cluster.local:8000';
  expect(migrate(text, { tokenizerUrl: url })).toEqual({
    plugins: [
      { type: 'token-producer', parameters: { modelName: '/mnt/models/base', vllm: { url } } },
      {
        type: 'precise-prefix-cache-producer',
        parameters: {
          tokenProcessorConfig: { blockSize: 16 },
          indexerConfig: { kvBlockIndexConfig: { a: 1 } },
        },
      },
      {
        type: 'prefix-cache-scorer',
        parameters: { prefixMatchInfoProducerName: 'precise-prefix-cache-producer' },
      },
    ],
    schedulingProfiles: [{ name: 'default', plugins: [{ pluginRef: 'prefix-cache-scorer', weight: 3 }] }],
  });
});

test('a tokenizer in the pod is told where it listens', () => {
  const text =
    'plugins: [{type: precise-prefix-cache-scorer}, {type: prefix-cache-scorer, parameters: {blockSize: 8}}]';
  expect(migrate(text, { version: '0.6.0', hasTokenizerSidecar: true }).plugins).toEqual([
    {
      type: 'precise-prefix-cache-scorer',
      parameters: {
        indexerConfig: {
          tokenizersPoolConfig: {
            modelName: 'base',
            uds: { socketFile: '/tmp/tokenizer/tokenizer-uds.socket' },
          },
        },
      },
    },
    { type: 'prefix-cache-scorer', parameters: { blockSize: 8, blockSizeTokens: 8 } },
  ]);
});

test.each([
  'not: [valid',
  '- a list',
  'plugins: text',
  'plugins: [{name: only}]',
  'schedulingProfiles: [{plugins: [1]}]',
  'x'.repeat(2 ** 21),
])('text that is no configuration is left alone', (text) => {
  expect(readConfigDocument(text)).toBeNull();
});

test('a migrated file is migrated already, and can be read', () => {
  const plugin = fc.record(
    {
      type: fc.constantFrom(
        'pd-profile-handler',
        'prefill-header-handler',
        'prefix-cache-scorer',
        'precise-prefix-cache-scorer',
        'model-server-protocol-metrics',
        'queue-scorer',
      ),
      name: fc.constantFrom('a', 'b'),
      parameters: fc.record(
        { threshold: fc.nat(100), hashBlockSize: fc.nat(9), blockSize: fc.nat(9) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['type'] },
  );
  const documents = fc.record({
    plugins: fc.array(plugin, { maxLength: 4 }),
    schedulingProfiles: fc.array(
      fc.record({
        name: fc.constant('p'),
        plugins: fc.array(fc.record({ pluginRef: fc.constantFrom('a', 'b') })),
      }),
      { maxLength: 2 },
    ),
  });
  const options = { ...plain, tokenizerUrl: 'http://t:8000' };
  fc.assert(
    fc.property(documents, (document) => {
      const once = migrateConfigDocument(document as unknown as ConfigDocument, options);
      expect(migrateConfigDocument(once, options)).toEqual(once);
      expect(readConfigDocument(writeConfigDocument(once))).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

test('versions compare by number', () => {
  expect(parseVersion('v0.10.0-rc.1')).toEqual([0, 10, 0]);
  expect(parseVersion('0.x')).toBeNull();
  expect(isAtLeast([0, 10, 0], [0, 9, 0])).toBe(true);
  expect(isAtLeast([0, 6, 9], [0, 7, 0])).toBe(false);
});

test('what comes out is what our own picker reads', () => {
  const text = writeConfigDocument(
    migrate(`plugins: [{type: prefix-cache-scorer, parameters: {hashBlockSize: 5}}, {type: max-score-picker}]
apiVersion: inference.networking.x-k8s.io/v1alpha1
kind: EndpointPickerConfig`),
  );
  expect(resolveConfig(text).errors).toEqual([]);
});
