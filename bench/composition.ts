/**
 * Measures admission and composition alone, on one core: validations of a large service per second (our rules, the
 * schema with its CEL rules, and all that the embedded server asks of a service), whole requests that create one, and the
 * time to compose a service with three baseRefs. Prints one JSON object.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '@weir/api/meta';
import {
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  servingConverters,
  servingResources,
} from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import {
  applyDefaults,
  objectMetaSchema,
  prune,
  structuralOfCrd,
  validateCustomResource,
} from '@weir/cluster/schema';
import { silentLogger } from '@weir/core/log';
import { combineConfig, createServingAdmission, parsePlatformConfig } from '@weir/llmisvc';
import { parse } from 'yaml';
import { describeMachine } from './report/machine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const apiVersion = 'serving.kserve.io/v1alpha2';
const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
const presetFolder = path.join(root, 'config/llmisvcconfig');
const presets = readdirSync(presetFolder).map((file) => {
  const preset = parse(readFileSync(path.join(presetFolder, file), 'utf8')) as LLMInferenceServiceConfig;
  return { ...preset, metadata: { ...preset.metadata, namespace: 'kserve' } };
});

const pod = { containers: [{ name: 'main' }] };
const parallelism = { data: 8, dataLocal: 2, tensor: 2 };
const definition = serviceDefinition();
const schema = schemaOf(definition);
const large = applyDefaults(
  schema,
  serviceOf(
    composed({
      model: { uri: 'hf://org/large', name: 'large' },
      worker: pod,
      parallelism,
      prefill: { worker: pod, parallelism },
      router: { gateway: {}, route: {}, scheduler: {} },
    }),
  ),
) as LLMInferenceService;
const bases = ['model', 'router', 'workload'].map((name, i) =>
  configOf(
    name,
    [
      { model: { uri: 'hf://org/m', name: 'm' } },
      { router: { gateway: {}, route: {}, scheduler: {} } },
      {
        replicas: 2,
        template: { containers: [{ name: 'main', env: [{ name: 'A', value: '{{ .Name }}' }] }] },
      },
    ][i] ?? {},
  ),
);
const small = serviceOf({ baseRefs: bases.map(({ metadata }) => ({ name: metadata.name ?? '' })) });
const configs = [...presets, ...bases];

const [plugin] = createServingAdmission({ systemNamespace: 'kserve' });
if (plugin === undefined) throw new Error('no admission for services');
const kind = servingResources.services;
const request = { operation: 'CREATE' as const, kind, object: large, oldObject: null, dryRun: false };
const { errors = [] } = await plugin.review(request);
const schemaErrors = validateCustomResource(schema, large, null);
if (errors.length + schemaErrors.length > 0) {
  throw new Error(
    `the large service is invalid: ${JSON.stringify([...errors, ...schemaErrors].slice(0, 3))}`,
  );
}

const rules = await rate(async () => {
  await plugin.review(request);
});
const structural = await rate(async () => {
  prune(schema, large);
  validateCustomResource(schema, large, null);
});
// Another object each time: what is remembered of one must help the next.
const text = JSON.stringify(large);
const fresh = Array.from(
  { length: 1700 },
  (_, i) => JSON.parse(text.replaceAll('hello', `hello-${i}`)) as LLMInferenceService,
);
let turn = 0;
const everything = await rate(async () => {
  const object = fresh[turn++ % fresh.length] ?? large;
  const completed = applyDefaults(schema, prune(schema, object).value) as LLMInferenceService;
  validateCustomResource(schema, completed, null);
  await plugin.review({ ...request, object: completed });
});
const admission = createServingAdmission({ systemNamespace: 'kserve' });
const server = await createApiServer({
  dataDir: null,
  log: silentLogger,
  crds: [definition],
  admission,
  converters: servingConverters,
});
const services = '/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices?dryRun=All';
const bodies = fresh.map((one) =>
  JSON.stringify(one).replaceAll('"namespace":"demo"', '"namespace":"default"'),
);
turn = 0;
const creates = await rate(async () => {
  const response = await server.fetch(services, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: bodies[turn++ % bodies.length] ?? '',
  });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`the large service is refused: ${answer}`);
});
await server.stop();
const composeMs = times(() => combineConfig({ service: small, platform, configs }));
const machine = describeMachine();
const results = {
  largeServiceBytes: JSON.stringify(large).length,
  rulesPerCpuSecond: rules,
  schemaAndCelPerCpuSecond: structural,
  /** Pruning, defaults, schema, CEL and rules of services that are new each time. */
  everythingPerCpuSecond: everything,
  /** Requests with such a body, from its JSON to the JSON of the answer: reading, managed fields and writing too. */
  createsPerCpuSecond: creates,
  composeThreeBaseRefsMs: { median: composeMs(0.5), p99: composeMs(0.99) },
};
console.log(JSON.stringify({ schema: 'weir.dev/bench-composition/v1', machine, results }, null, 2));

function serviceOf(spec: LLMInferenceServiceSpec): LLMInferenceService {
  return { apiVersion, kind: 'LLMInferenceService', metadata: { namespace: 'demo', name: 'hello' }, spec };
}

function configOf(name: string, spec: LLMInferenceServiceSpec): LLMInferenceServiceConfig {
  return { apiVersion, kind: 'LLMInferenceServiceConfig', metadata: { namespace: 'demo', name }, spec };
}

function composed(spec: LLMInferenceServiceSpec): LLMInferenceServiceSpec {
  const combined = combineConfig({ service: serviceOf(spec), platform, configs: presets });
  if (combined.type === 'failed') throw new Error(combined.message);
  return combined.spec;
}

type Definition = KubeObject & {
  spec: { versions: { name: string; schema: { openAPIV3Schema: unknown } }[] };
};

function serviceDefinition(): Definition {
  const file = path.join(root, 'config/crd/gen/serving.kserve.io_llminferenceservices.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Definition;
}

function schemaOf({ spec }: Definition) {
  const version = spec.versions.find(({ name }) => name === 'v1alpha2');
  return structuralOfCrd(version?.schema.openAPIV3Schema, objectMetaSchema);
}

/** Runs per second of CPU, after a warm-up. */
async function rate(work: () => Promise<void>): Promise<number> {
  for (let i = 0; i < 200; i++) await work();
  const runs = 1500;
  const before = process.cpuUsage();
  for (let i = 0; i < runs; i++) await work();
  const { user, system } = process.cpuUsage(before);
  return Math.round((runs * 1e6) / (user + system));
}

/** Milliseconds of CPU-bound runs; the returned function gives a quantile. */
function times(work: () => unknown): (quantile: number) => number {
  const all: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const startedAt = performance.now();
    work();
    if (i >= 200) all.push(performance.now() - startedAt);
  }
  all.sort((a, b) => a - b);
  return (quantile) => Number((all[Math.floor(all.length * quantile)] ?? 0).toFixed(3));
}
