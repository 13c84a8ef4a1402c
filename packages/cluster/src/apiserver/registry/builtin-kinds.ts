import { mergeNodeOf } from '@weir/api/meta';
import table from '../../gen/openapi/kinds.json' with { type: 'json' };
import { schemaNamed } from '../../schema/index.ts';
import { builtinKindSchema, type KindSchema } from './kind-schema.ts';
import type { Conversion, ScalePaths, ServedKind } from './served-kind.ts';

/** Built-in kinds that something here gives an effect to. Others of Kubernetes are not served at all. */
const served: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  '': [
    'configmaps',
    'events',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  apps: ['deployments', 'replicasets'],
  'coordination.k8s.io': ['leases'],
  'discovery.k8s.io': ['endpointslices'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'storage.k8s.io': ['storageclasses'],
};

/** Kinds that programs of a cluster act on and nothing here does; served where somebody asks for it. */
const idle: Readonly<Record<string, readonly string[]>> = {
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'networking.k8s.io/v1': ['ingresses'],
  'resource.k8s.io/v1': ['resourceclaimtemplates'],
};

/** Kinds that are only ever created, to ask a question: answered at once and not stored. */
const reviews: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
};

const replicas: ScalePaths = {
  specReplicas: '.spec.replicas',
  statusReplicas: '.status.replicas',
  labelSelector: '.spec.selector',
};

/** Reads the schemas of the served kinds; their files are parsed once per process. */
export function loadBuiltinKinds(servesIdleKinds: boolean): Promise<ServedKind[]> {
  const entries = table.kinds.filter(
    ({ group, version, plural }) =>
      served[group]?.includes(plural) ||
      reviews[group]?.includes(plural) ||
      (servesIdleKinds && idle[`${group}/${version}`]?.includes(plural)),
  );
  return Promise.all(
    entries.map(async (entry) =>
      toServedKind(entry, builtinKindSchema(await schemaNamed(entry.schema ?? ''))),
    ),
  );
}

/** True for kinds such as TokenReview that live no longer than their request. */
export function isReview(kind: Pick<ServedKind, 'group' | 'plural'>): boolean {
  return reviews[kind.group]?.includes(kind.plural) ?? false;
}

/** The name of a kind that Kubernetes has and this server does not serve, or null. */
export function unservedKind(group: string, plural: string): string | null {
  const entry = table.kinds.find((one) => one.group === group && one.plural === plural);
  if (entry === undefined) return null;
  return group === '' ? entry.kind : `${entry.kind} of ${group}`;
}

/** Every built-in kind is served in one version only. */
const oneVersion: Conversion = {
  convert: (objects) => Promise.resolve(objects),
  read: (objects) => Promise.resolve(objects),
};

type Entry = (typeof table.kinds)[number];

function toServedKind(entry: Entry, schema: KindSchema): ServedKind {
  const names = entry.subresources.map((sub) => sub.name);
  return {
    group: entry.group,
    kind: entry.kind,
    listKind: `${entry.kind}List`,
    plural: entry.plural,
    singular: entry.singular,
    namespaced: entry.namespaced,
    shortNames: entry.shortNames,
    categories: entry.categories,
    verbs: entry.verbs,
    versions: [
      {
        name: entry.version,
        hasStatus: names.includes('status'),
        scale: names.includes('scale') ? replicas : null,
        columns: null,
        schema,
        openApiSchema: undefined,
        deprecation: null,
      },
    ],
    storageVersion: entry.version,
    subresources: entry.subresources.filter((sub) => isServedSubresource(entry.plural, sub.name)),
    isCustom: false,
    mergeNode: mergeNodeOf(entry.schema ?? '') ?? { fields: {} },
    conversion: oneVersion,
  };
}

const special: Readonly<Record<string, readonly string[]>> = {
  namespaces: ['finalize'],
  pods: ['binding', 'log'],
  serviceaccounts: ['token'],
};

function isServedSubresource(plural: string, name: string): boolean {
  return special[plural]?.includes(name) ?? false;
}
