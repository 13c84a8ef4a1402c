import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { servingGroup, servingVersions, unsupportedFields } from '@weir/api/serving';
import {
  configStatusSchema,
  type EmbeddedSchemas,
  serviceStatusSchema,
  specSchema,
} from './serving-schema.ts';
import {
  inlineCoreType,
  laxForTemplates,
  type StructuralSchema,
  withoutDescriptions,
} from './structural-schema.ts';

interface Column {
  name: string;
  type: string;
  jsonPath: string;
  priority?: number;
}

const readyColumns: readonly Column[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];
const serviceColumns: readonly Column[] = [
  { name: 'URL', type: 'string', jsonPath: '.status.url' },
  ...readyColumns,
  { name: 'URLs', type: 'string', jsonPath: '.status.addresses[*].url', priority: 1 },
  { name: 'Replicas', type: 'string', jsonPath: '.status.replicas', priority: 1 },
  { name: 'Model', type: 'string', jsonPath: '.status.model', priority: 1 },
  { name: 'Topology', type: 'string', jsonPath: '.status.topology', priority: 1 },
  { name: 'Stage', type: 'string', jsonPath: '.status.stage', priority: 1 },
];

const kinds = [
  {
    kind: 'LLMInferenceService',
    plural: 'llminferenceservices',
    shortName: 'llmisvc',
    columns: serviceColumns,
    isConfig: false,
    description: 'A served large language model: what to load, how many pods, how requests reach them.',
  },
  {
    kind: 'LLMInferenceServiceConfig',
    plural: 'llminferenceserviceconfigs',
    shortName: 'llmisvcconfig',
    columns: readyColumns,
    isConfig: true,
    description:
      'A reusable part of an LLMInferenceService spec, used through baseRefs. Strings may be Go templates over the service.',
  },
] as const;

/** Writes the CRDs of the serving API. Reads the Gateway API and pool CRDs, which are written before. */
export function generateServingCrds(target: string): void {
  for (const kind of kinds) {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${kind.plural}.${servingGroup}`,
        annotations: {
          'weir.dev/generated-by':
            'npm run generate (scripts/generate/serving-crds.ts) from our own declarations',
        },
      },
      spec: {
        group: servingGroup,
        names: {
          kind: kind.kind,
          listKind: `${kind.kind}List`,
          plural: kind.plural,
          singular: kind.plural.slice(0, -1),
          shortNames: [kind.shortName],
        },
        scope: 'Namespaced',
        conversion: { strategy: 'None' },
        versions: servingVersions.map((version) => versionOf(target, kind, version)),
      },
    };
    writeFileSync(path.join(target, `${servingGroup}_${kind.plural}.json`), `${JSON.stringify(crd)}\n`);
  }
}

function versionOf(target: string, kind: (typeof kinds)[number], version: string): Record<string, unknown> {
  const spec = specSchema(embeddedSchemas(target, kind.isConfig, version), kind.isConfig);
  for (const field of unsupportedFields) {
    if (field.version === undefined || field.version === version) addUnsupported(spec, field);
  }
  return {
    name: version,
    served: true,
    storage: version === 'v1alpha2',
    additionalPrinterColumns: kind.columns,
    subresources: { status: {} },
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: kind.description,
        properties: {
          apiVersion: { type: 'string', description: 'Version of the schema.' },
          kind: { type: 'string', description: 'Kind of the object.' },
          metadata: { type: 'object' },
          spec,
          status: kind.isConfig ? configStatusSchema() : serviceStatusSchema(version),
        },
      },
    },
  };
}

function embeddedSchemas(target: string, isConfig: boolean, version: string): EmbeddedSchemas {
  const podSpec = inlineCoreType('PodSpec');
  podSpec.required = (podSpec.required ?? []).filter((field) => field !== 'containers');
  if (podSpec.required.length === 0) delete podSpec.required;
  const poolGroup = version === 'v1alpha1' ? 'inference.networking.x-k8s.io' : 'inference.networking.k8s.io';
  const prepare = (schema: StructuralSchema): StructuralSchema => {
    const plain = withoutDescriptions(schema);
    return isConfig ? laxForTemplates(plain) : plain;
  };
  return {
    podSpec: prepare(podSpec),
    httpRouteSpec: prepare(specOf(target, 'gateway.networking.k8s.io_httproutes', 'v1')),
    poolSpec: prepare(
      specOf(target, `${poolGroup}_inferencepools`, version === 'v1alpha1' ? 'v1alpha2' : 'v1'),
    ),
  };
}

function specOf(target: string, file: string, version: string): StructuralSchema {
  const crd = JSON.parse(readFileSync(path.join(target, `${file}.json`), 'utf8')) as {
    spec: { versions: { name: string; schema: { openAPIV3Schema: StructuralSchema } }[] };
  };
  const found = crd.spec.versions.find(({ name }) => name === version);
  const spec = found?.schema.openAPIV3Schema.properties?.spec;
  if (spec === undefined) throw new Error(`${file}.json has no spec in version ${version}`);
  return spec;
}

/** The field is known, so that admission can refuse it by name instead of the server as a typing mistake. */
function addUnsupported(spec: StructuralSchema, field: (typeof unsupportedFields)[number]): void {
  const keys = field.path.split('.');
  const last = keys.pop() ?? '';
  let parent = spec;
  for (const key of keys) parent = parent.properties?.[key] ?? parent;
  parent.properties = {
    ...parent.properties,
    [last]: {
      type: field.type,
      description: `Refused: ${field.feature} is not built yet in this version.`,
      ...(field.type === 'object' ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    },
  };
}
