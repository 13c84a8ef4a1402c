import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { servingGroup, servingVersions } from '@weir/api/serving';
import { parse } from 'yaml';
import { podDescriptions } from './pod-descriptions.ts';
import { type EmbeddedSchemas, specSchema } from './serving-schema.ts';
import { configStatusSchema, serviceStatusSchema } from './serving-status-schema.ts';
import { moduleFolder } from './sources.ts';
import {
  describeBelow,
  inlineType,
  laxForTemplates,
  type StructuralSchema,
  withDeletions,
  withoutDescriptions,
  withoutRequired,
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
    shortNames: ['llmisvc'],
    columns: serviceColumns,
    isConfig: false,
    description: 'A served large language model: what to load, how many pods, how requests reach them.',
  },
  {
    kind: 'LLMInferenceServiceConfig',
    plural: 'llminferenceserviceconfigs',
    shortNames: [],
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
          ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
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
          spec: specSchema(embeddedSchemas(target, kind.isConfig, version), version, kind.isConfig),
          status: kind.isConfig ? configStatusSchema(version) : serviceStatusSchema(version),
        },
      },
    },
  };
}

function embeddedSchemas(target: string, isConfig: boolean, version: string): EmbeddedSchemas {
  // A layer may give a volume or a node selector and leave the containers to the preset.
  const podSpec = withoutRequired(inlineType('v1', 'io.k8s.api.core.v1.PodSpec'), 'containers');
  const [pools, poolVersion] =
    version === 'v1alpha1'
      ? ['inference.networking.x-k8s.io_inferencepools', 'v1alpha2']
      : ['inference.networking.k8s.io_inferencepools', 'v1'];
  const lax = (schema: StructuralSchema): StructuralSchema => (isConfig ? laxForTemplates(schema) : schema);
  const route = withoutDescriptions(specOf(readExperimentalRoute(), 'v1'));
  const pool = withoutDescriptions(specOf(readCrd(path.join(target, `${pools}.json`)), poolVersion));
  const claim = inlineType('v1', 'io.k8s.api.core.v1.PersistentVolumeClaimSpec');
  const behavior = inlineType('autoscaling/v2', 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior');
  return {
    podSpec: withDeletions(lax(describeBelow(podSpec, 'pod.spec', podDescriptions))),
    httpRouteSpec: lax(describeBelow(route, 'httproute.spec')),
    poolSpec: lax(describeBelow(withoutRequired(pool, 'extensionRef'), 'inferencepool.spec')),
    claimSpec: describeBelow(claim, 'pvc.spec'),
    scalingBehavior: describeBelow(behavior, 'hpa.spec.behavior'),
  };
}

interface Crd {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** KServe's route has the fields of the experimental channel; clusters with the standard one prune them. */
function readExperimentalRoute(): Crd {
  const folder = path.join(moduleFolder('gatewayApi'), 'config/crd/experimental');
  return readCrd(path.join(folder, 'gateway.networking.k8s.io_httproutes.yaml'));
}

function readCrd(file: string): Crd {
  return parse(readFileSync(file, 'utf8')) as Crd;
}

function specOf(crd: Crd, version: string): StructuralSchema {
  const found = crd.spec.versions.find(({ name }) => name === version);
  const spec = found?.schema.openAPIV3Schema.properties?.spec;
  if (spec === undefined) throw new Error(`a CRD has no spec in version ${version}`);
  return spec;
}
