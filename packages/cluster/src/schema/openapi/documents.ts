import { sha256Hex } from '@weir/core/hash';
import { builtinKinds, rawSchemas } from '../builtin.ts';
import { isJsonObject, type JsonObject } from '../structural.ts';
import { builtinPatchTypes, customPatchTypes, pathsOf, schemasOfPaths } from './paths.ts';

/** A resource as its OpenAPI document describes it. */
export interface OpenApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly hasStatus: boolean;
}

/** A version of a custom resource definition that is served. */
export interface CustomOpenApiResource extends OpenApiResource {
  readonly openAPIV3Schema: unknown;
}

export interface OpenApiDocument {
  readonly text: string;
  /** Clients cache the document by it. */
  readonly hash: string;
}

export interface OpenApiDocuments {
  /** Body of `/openapi/v3`. `custom` is what is served besides the built-in kinds. */
  index(custom: readonly CustomOpenApiResource[]): Promise<OpenApiDocument>;
  /** Body of `/openapi/v3/<path>`, such as `api/v1` or `apis/apps/v1`; undefined for paths that the index does not name. */
  document(path: string, custom: readonly CustomOpenApiResource[]): Promise<OpenApiDocument | undefined>;
}

interface Cached {
  readonly custom: readonly CustomOpenApiResource[];
  readonly document: Promise<OpenApiDocument>;
}

/** Documents are made on first request and kept until the custom kinds of their group-version change. */
export function createOpenApiDocuments(info: { readonly version: string }): OpenApiDocuments {
  const cache = new Map<string, Cached>();
  const cached = (path: string, custom: readonly CustomOpenApiResource[]): Promise<OpenApiDocument> => {
    const mine = custom.filter((one) => pathOf(one) === path);
    const known = cache.get(path);
    if (known !== undefined && isSame(known.custom, mine)) return known.document;
    const document = buildDocument(path, mine, info.version);
    cache.set(path, { custom: mine, document });
    return document;
  };
  const paths = (custom: readonly CustomOpenApiResource[]): string[] =>
    [...new Set([...builtinKinds, ...custom].map(pathOf))].sort();
  return {
    async index(custom) {
      const entries: [string, unknown][] = [];
      for (const path of paths(custom)) {
        const { hash } = await cached(path, custom);
        entries.push([path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]);
      }
      return toDocument({ paths: Object.fromEntries(entries) });
    },
    async document(path, custom) {
      return paths(custom).includes(path) ? cached(path, custom) : undefined;
    },
  };
}

function pathOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
}

function isSame(a: readonly CustomOpenApiResource[], b: readonly CustomOpenApiResource[]): boolean {
  return a.length === b.length && a.every((one, i) => isSameResource(one, b[i] as CustomOpenApiResource));
}

/** By identity of the schema: a changed definition brings a new object. */
function isSameResource(a: CustomOpenApiResource, b: CustomOpenApiResource): boolean {
  return (
    a.openAPIV3Schema === b.openAPIV3Schema &&
    a.kind === b.kind &&
    a.plural === b.plural &&
    a.namespaced === b.namespaced &&
    a.hasStatus === b.hasStatus
  );
}

async function buildDocument(
  path: string,
  custom: readonly CustomOpenApiResource[],
  version: string,
): Promise<OpenApiDocument> {
  const schemas = new Map<string, JsonObject>();
  const paths: Record<string, unknown> = {};
  const include = async (name: string): Promise<void> => {
    for (const [key, schema] of await rawSchemas(name)) schemas.set(key, schema);
  };
  for (const name of schemasOfPaths) await include(name);
  for (const kind of builtinKinds) {
    if (pathOf(kind) !== path || kind.schema === undefined) continue;
    await include(kind.schema);
    const hasStatus = kind.subresources.some((one) => one.name === 'status');
    Object.assign(paths, pathsOf({ ...kind, hasStatus }, kind.schema, builtinPatchTypes));
  }
  for (const resource of custom) {
    const name = customName(resource);
    await include(objectMeta);
    schemas.set(name, customSchema(resource));
    Object.assign(paths, pathsOf(resource, name, customPatchTypes));
  }
  return toDocument({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths,
    components: { schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) },
  });
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** `io.kserve.serving.v1alpha1.LLMInferenceService`: the group reversed, as Kubernetes names custom kinds. */
function customName(resource: OpenApiResource): string {
  return `${resource.group.split('.').reverse().join('.')}.${resource.version}.${resource.kind}`;
}

function customSchema(resource: CustomOpenApiResource): JsonObject {
  const schema: JsonObject = isJsonObject(resource.openAPIV3Schema) ? resource.openAPIV3Schema : {};
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return {
    ...schema,
    type: 'object',
    properties: {
      ...properties,
      apiVersion: { type: 'string', description: 'Version of the schema of this object, such as apps/v1.' },
      kind: { type: 'string', description: 'Kind of this object, in CamelCase. Cannot be updated.' },
      metadata: {
        allOf: [{ $ref: `#/components/schemas/${objectMeta}` }],
        description: "Standard object's metadata.",
      },
    },
    'x-kubernetes-group-version-kind': [
      { group: resource.group, version: resource.version, kind: resource.kind },
    ],
  };
}

function toDocument(content: unknown): OpenApiDocument {
  const text = JSON.stringify(content);
  return { text, hash: sha256Hex(text).toUpperCase() };
}
