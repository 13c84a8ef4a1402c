import type { KubeObject } from '@weir/api/meta';
import { parsePlatformConfig } from '@weir/llmisvc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { installRoot } from '../context.ts';
import { loadCrds, loadPresets } from '../local/shipped.ts';
import { checkDocument } from './check.ts';
import type { Surroundings } from './compose.ts';

const surroundings: Surroundings = {
  crds: loadCrds(installRoot()).filter(({ metadata }) => metadata.name?.endsWith('.serving.kserve.io')),
  platform: parsePlatformConfig({ systemNamespace: 'kserve' }, undefined),
  configs: loadPresets(installRoot(), 'kserve') as never,
};

const valid = {
  apiVersion: 'serving.kserve.io/v1alpha1',
  kind: 'LLMInferenceService',
  metadata: { name: 'a', namespace: 'demo' },
  spec: {
    model: { uri: 'hf://a/b', name: 'm', lora: { adapters: [{ uri: 'hf://a/c', name: 'c' }] } },
    replicas: 1,
    parallelism: { data: 4, dataLocal: 2 },
    template: { containers: [{ name: 'main', env: [{ name: 'A', value: '{{ .Name }}' }] }] },
    worker: { containers: [{ name: 'main' }] },
    prefill: { replicas: 1 },
    router: {
      gateway: {},
      route: { http: { spec: {} } },
      scheduler: { replicas: 1, config: { inline: { kind: 'x' } } },
    },
    baseRefs: [],
  },
};

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    '{{',
    '{{ .X }}',
    '{{ range 9 }}',
    '',
    null,
    -1,
    Number.POSITIVE_INFINITY,
    [],
    {},
    [null],
    { name: null },
    'x'.repeat(300),
  ),
);

/** Replaces, adds or takes away something at a random place. */
function mutate(value: unknown, choices: readonly number[], change: unknown): unknown {
  const [choice, ...rest] = choices;
  if (choice === undefined || typeof value !== 'object' || value === null) return change;
  const keys = Object.keys(value);
  const key = keys[choice % (keys.length + 1)];
  if (Array.isArray(value)) {
    if (key === undefined) return [...value, change];
    return value.map((item, i) => (String(i) === key ? mutate(item, rest, change) : item));
  }
  const fields = value as Record<string, unknown>;
  if (key === undefined) return { ...fields, [`x${choice}`]: change };
  return { ...fields, [key]: mutate(fields[key], rest, change) };
}

test('a mutated document is judged, whatever is in it', async () => {
  const choices = fc.array(fc.nat(9), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(choices, odd, fc.boolean(), async (path, change, isConfig) => {
      const spec = mutate(valid.spec, path, change);
      const kind = isConfig ? 'LLMInferenceServiceConfig' : valid.kind;
      const document = { ...valid, kind, spec } as unknown as KubeObject;
      const { isChecked, problems } = await checkDocument(document, surroundings);
      expect(isChecked).toBe(true);
      for (const { message, fix } of problems) expect(message !== '' && fix !== '').toBe(true);
    }),
    { numRuns: 300, seed: 20261125 },
  );
});
