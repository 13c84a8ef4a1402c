import { readdirSync, readFileSync } from 'node:fs';
import type { KubeObject } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceConfig } from '@weir/api/serving';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { computeDesired } from '../desired/index.ts';
import { observeDocuments } from '../observe-documents.ts';
import { combineConfig } from './combine.ts';
import { parsePlatformConfig } from './platform-config.ts';

const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
const folder = new URL('../../../../config/llmisvcconfig/', import.meta.url);
const presets = readdirSync(folder).map((file) => {
  const preset = parse(readFileSync(new URL(file, folder), 'utf8')) as LLMInferenceServiceConfig;
  return { ...preset, metadata: { ...preset.metadata, namespace: 'kserve' } };
});
/** Every way in which a Config may put a value into a text, and what has to come of it. */
const uses: readonly (readonly [template: string, expected: (value: string) => string])[] = [
  ['{{ .ObjectMeta.Labels.team }}', (value) => value],
  ['a "{{ .Labels.team }}" \\ {{- ` 100% <b> & c` }}', (value) => `a "${value}" \\ 100% <b> & c`],
  ['{{ index .Annotations `note` }}', (value) => value],
  ['{{ printf `%s|%v` .Labels.team .Labels.team }}', (value) => `${value}|${value}`],
  ['{{ with .Labels.team }}{{ . }}{{ end }}', (value) => value],
  ['{{ or .Labels.team `none` }}', (value) => value || 'none'],
  ['{{ .Spec.Model.Name }}', modelOf],
];
const config: LLMInferenceServiceConfig = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceServiceConfig',
  metadata: { namespace: 'demo', name: 'templated' },
  spec: {
    template: {
      containers: [{ name: 'main', env: uses.map(([value], index) => ({ name: `USE_${index}`, value })) }],
    },
  },
};

/** A model name is a part of the spec, so that braces in it are a template. */
function modelOf(value: string): string {
  return value.replaceAll('{', '(') || 'a';
}

function serviceOf(value: string, more: object = {}): LLMInferenceService {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: {
      namespace: 'demo',
      name: 'a',
      uid: 'u',
      labels: { team: value },
      annotations: { note: value },
    },
    spec: { baseRefs: [{ name: 'templated' }], model: { uri: 'hf://a/b', name: modelOf(value) }, ...more },
  } as LLMInferenceService;
}

function childrenOf(service: LLMInferenceService): readonly KubeObject[] {
  const combined = combineConfig({ service, platform, configs: [...presets, config] });
  if (combined.type === 'failed') throw new Error(combined.message);
  const known = { service, spec: combined.spec, platform };
  const { parts } = computeDesired({ ...known, observed: observeDocuments([], known) });
  return parts.flatMap((part) => part.apply.map(({ object }) => object));
}

/** What breaks texts that are spliced into JSON, into a shell or into another template. */
const hard = fc.constantFrom(
  '"',
  "'",
  '\\',
  '%',
  '%s',
  '<',
  '>',
  '&',
  '\n',
  '\t',
  '$(x)',
  '`',
  'é',
  '\u2028',
);
const texts = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(part, fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 6 })
    .map((all) => all.join(''));
const run = { numRuns: 300, seed: 20_261_125 };

test('a value of the service comes out of a template byte by byte, templates in it included', () => {
  fc.assert(
    fc.property(texts(fc.oneof(hard, fc.constantFrom('{{', '}}', '{{ .Name }}'))), (value) => {
      const [deployment] = childrenOf(serviceOf(value)).filter(({ kind }) => kind === 'Deployment');
      const [main] =
        (deployment as { spec?: { template: { spec: { containers: { env: object[] }[] } } } })?.spec?.template
          .spec.containers ?? [];
      expect(main?.env.filter((one) => 'name' in one && /^USE_/.test(String(one.name)))).toEqual(
        uses.map(([, expected], index) => ({ name: `USE_${index}`, value: expected(value) })),
      );
    }),
    run,
  );
});

test('no child of any topology holds a template', () => {
  const worker = { containers: [{ name: 'main' }] };
  const topology = fc.constantFrom(
    {},
    { prefill: {} },
    { worker, parallelism: { data: 4, dataLocal: 2 } },
    { worker, parallelism: { pipeline: 2 } },
    { prefill: { worker, parallelism: { pipeline: 2 } } },
  );
  const router = fc.constantFrom(
    {},
    { router: { route: {}, scheduler: {} } },
    { router: { route: {} }, tracing: {} },
  );
  fc.assert(
    fc.property(
      texts(hard.filter((text) => !text.includes('{'))),
      topology,
      router,
      (value, workload, routed) => {
        expect(
          JSON.stringify(childrenOf(serviceOf(modelOf(value), { ...workload, ...routed }))),
        ).not.toContain('{{');
      },
    ),
    { ...run, numRuns: 150 },
  );
});
