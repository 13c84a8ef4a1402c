import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtinGroupVersions, type OpenApiSchema, readApi, readSchemas } from './documents.ts';

interface Discovery {
  items: { metadata?: { name?: string }; versions: { version: string; resources: DiscoveredResource[] }[] }[];
}

interface DiscoveredResource {
  resource: string;
  singularResource: string;
  scope: string;
  shortNames?: string[];
  categories?: string[];
  verbs?: string[];
  responseKind: GroupVersionKind;
  subresources?: { subresource: string; verbs: string[]; responseKind?: GroupVersionKind }[];
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

const generatedBy =
  'npm run generate (scripts/generate/openapi.ts) from the OpenAPI and discovery documents of Kubernetes';

/**
 * Writes the schemas of the built-in kinds into `folder`, one file per group-version that declares them (types of
 * apimachinery in meta.json), and kinds.json: what discovery says about every resource.
 */
export function generateOpenApi(folder: string): void {
  const files = new Map<string, Record<string, OpenApiSchema>>();
  for (const groupVersion of builtinGroupVersions) {
    for (const [name, schema] of Object.entries(readSchemas(groupVersion))) {
      const file = fileOf(name);
      if (file === undefined) continue;
      const schemas = files.get(file) ?? {};
      schemas[name] = schema;
      files.set(file, schemas);
    }
  }
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
  for (const [file, schemas] of files) {
    const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(path.join(folder, file), `${JSON.stringify({ generatedBy, schemas: sorted })}\n`);
  }
  const kinds = builtinGroupVersions.flatMap((groupVersion) => discovered(groupVersion, files));
  const lines = kinds.map((kind) => JSON.stringify(kind)).join(',\n');
  writeFileSync(path.join(folder, 'kinds.json'), `{"generatedBy":"${generatedBy}","kinds":[\n${lines}\n]}\n`);
}

/** `io.k8s.api.apps.v1.Deployment` → apps_v1.json. Types of groups that are not served have no file. */
function fileOf(name: string): string | undefined {
  if (name.startsWith('io.k8s.apiextensions-apiserver.')) return 'apiextensions_v1.json';
  if (name.startsWith('io.k8s.apimachinery.')) return 'meta.json';
  const [, group, version] = /^io\.k8s\.api\.([^.]+)\.([^.]+)\./.exec(name) ?? [];
  return group === undefined ? undefined : `${group}_${version}.json`;
}

function discovered(
  groupVersion: string,
  files: ReadonlyMap<string, Record<string, OpenApiSchema>>,
): Record<string, unknown>[] {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return resourcesOf(group ?? '', version ?? '').map((resource) => ({
    group,
    version,
    kind: resource.responseKind.kind,
    plural: resource.resource,
    singular: resource.singularResource,
    namespaced: resource.scope === 'Namespaced',
    shortNames: resource.shortNames ?? [],
    categories: resource.categories ?? [],
    verbs: resource.verbs ?? [],
    schema: schemaOf({ group: group ?? '', version: version ?? '', kind: resource.responseKind.kind }, files),
    subresources: (resource.subresources ?? []).map((sub) => ({
      name: sub.subresource,
      verbs: sub.verbs,
      group: sub.responseKind?.group || group,
      version: sub.responseKind?.version || version,
      kind: sub.responseKind?.kind,
    })),
  }));
}

function resourcesOf(group: string, version: string): DiscoveredResource[] {
  discovery ??= readApi(path.join('discovery', 'aggregated_v2.json')) as Discovery;
  const found = discovery.items
    .filter((item) => (item.metadata?.name ?? '') === group)
    .flatMap((item) => item.versions)
    .find((one) => one.version === version);
  return found?.resources ?? coreResources(group, version);
}

let discovery: Discovery | undefined;

/** The aggregated document leaves out the core group; its classic resource list has subresources as `pods/log`. */
function coreResources(group: string, version: string): DiscoveredResource[] {
  if (group !== '') throw new Error(`no discovery data for ${group}/${version}`);
  const list = readApi(path.join('discovery', `api__${version}.json`)) as {
    resources: {
      name: string;
      singularName: string;
      kind: string;
      group?: string;
      version?: string;
      namespaced: boolean;
      shortNames?: string[];
      categories?: string[];
      verbs: string[];
    }[];
  };
  const kindOf = (one: (typeof list.resources)[number]): GroupVersionKind => ({
    group: one.group ?? '',
    version: one.version ?? '',
    kind: one.kind,
  });
  return list.resources
    .filter((one) => !one.name.includes('/'))
    .map((one) => ({
      resource: one.name,
      singularResource: one.singularName,
      scope: one.namespaced ? 'Namespaced' : 'Cluster',
      shortNames: one.shortNames ?? [],
      categories: one.categories ?? [],
      verbs: one.verbs,
      responseKind: kindOf(one),
      subresources: list.resources
        .filter((sub) => sub.name.startsWith(`${one.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(one.name.length + 1),
          verbs: sub.verbs,
          responseKind: kindOf(sub),
        })),
    }));
}

function schemaOf(
  kind: GroupVersionKind,
  files: ReadonlyMap<string, Record<string, OpenApiSchema>>,
): string | undefined {
  for (const schemas of files.values()) {
    for (const [name, schema] of Object.entries(schemas)) {
      const kinds = schema['x-kubernetes-group-version-kind'] ?? [];
      const isIt = kinds.some(
        (one) => one.group === kind.group && one.version === kind.version && one.kind === kind.kind,
      );
      if (isIt && kinds.length === 1) return name;
    }
  }
  return undefined;
}
