import kindTable from '../gen/openapi/kinds.json' with { type: 'json' };
import meta from '../gen/openapi/meta.json' with { type: 'json' };
import { emptySchema, fillBuiltin } from './build-structural.ts';
import type { JsonObject, StructuralSchema } from './structural.ts';

/** A built-in resource, as discovery describes it. */
export interface BuiltinKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Name of its schema, such as `io.k8s.api.core.v1.Pod`; a few virtual resources have none. */
  readonly schema?: string;
  readonly subresources: readonly BuiltinSubresource[];
}

export interface BuiltinSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export const builtinKinds: readonly BuiltinKind[] = kindTable.kinds;

type SchemaFile = Readonly<Record<string, JsonObject>>;

/** One file per group-version, read on first use: starting must not parse them all. */
const files: Readonly<Record<string, () => Promise<{ default: { schemas: unknown } }>>> = {
  admissionregistration_v1: () =>
    import('../gen/openapi/admissionregistration_v1.json', { with: { type: 'json' } }),
  apiextensions_v1: () => import('../gen/openapi/apiextensions_v1.json', { with: { type: 'json' } }),
  apps_v1: () => import('../gen/openapi/apps_v1.json', { with: { type: 'json' } }),
  authentication_v1: () => import('../gen/openapi/authentication_v1.json', { with: { type: 'json' } }),
  authorization_v1: () => import('../gen/openapi/authorization_v1.json', { with: { type: 'json' } }),
  autoscaling_v1: () => import('../gen/openapi/autoscaling_v1.json', { with: { type: 'json' } }),
  autoscaling_v2: () => import('../gen/openapi/autoscaling_v2.json', { with: { type: 'json' } }),
  batch_v1: () => import('../gen/openapi/batch_v1.json', { with: { type: 'json' } }),
  coordination_v1: () => import('../gen/openapi/coordination_v1.json', { with: { type: 'json' } }),
  core_v1: () => import('../gen/openapi/core_v1.json', { with: { type: 'json' } }),
  discovery_v1: () => import('../gen/openapi/discovery_v1.json', { with: { type: 'json' } }),
  events_v1: () => import('../gen/openapi/events_v1.json', { with: { type: 'json' } }),
  networking_v1: () => import('../gen/openapi/networking_v1.json', { with: { type: 'json' } }),
  policy_v1: () => import('../gen/openapi/policy_v1.json', { with: { type: 'json' } }),
  rbac_v1: () => import('../gen/openapi/rbac_v1.json', { with: { type: 'json' } }),
  resource_v1: () => import('../gen/openapi/resource_v1.json', { with: { type: 'json' } }),
  scheduling_v1: () => import('../gen/openapi/scheduling_v1.json', { with: { type: 'json' } }),
  storage_v1: () => import('../gen/openapi/storage_v1.json', { with: { type: 'json' } }),
};

const raw = new Map<string, JsonObject>(Object.entries(meta.schemas as unknown as SchemaFile));
const nodes = new Map<string, StructuralSchema>();
const loaded = new Map<string, Promise<void>>();

/** Schema of metadata, the same for every kind. */
export const objectMetaSchema: StructuralSchema = resolve('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');

/** The schema of a built-in kind, or undefined for kinds that are not built in. */
export async function builtinSchema(kind: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): Promise<StructuralSchema | undefined> {
  const found = builtinKinds.find(
    (one) => one.group === kind.group && one.version === kind.version && one.kind === kind.kind,
  );
  return found?.schema === undefined ? undefined : schemaNamed(found.schema);
}

/** A built-in schema by its OpenAPI name, with everything that it refers to. */
export async function schemaNamed(name: string): Promise<StructuralSchema> {
  await rawSchemas(name);
  return resolve(name);
}

/** The raw documents of `name` and all schemas that it refers to, by name. */
export async function rawSchemas(name: string): Promise<ReadonlyMap<string, JsonObject>> {
  const found = new Map<string, JsonObject>();
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next)) continue;
    const schema = await rawSchema(next);
    if (schema === undefined) continue;
    found.set(next, schema);
    pending.push(...referencesOf(schema));
  }
  return found;
}

async function rawSchema(name: string): Promise<JsonObject | undefined> {
  const known = raw.get(name);
  if (known !== undefined) return known;
  const [, group, version] = /^io\.k8s\.api\.([^.]+)\.([^.]+)\./.exec(name) ?? [];
  const file = name.startsWith('io.k8s.apiextensions-apiserver.')
    ? 'apiextensions_v1'
    : `${group}_${version}`;
  const load = files[file];
  if (load === undefined) return undefined;
  let loading = loaded.get(file);
  if (loading === undefined) {
    loading = load().then((module) => {
      const schemas = module.default.schemas as SchemaFile;
      for (const [key, schema] of Object.entries(schemas)) raw.set(key, schema);
    });
    loaded.set(file, loading);
  }
  await loading;
  return raw.get(name);
}

function resolve(name: string): StructuralSchema {
  const known = nodes.get(name);
  if (known !== undefined) return known;
  const node = emptySchema();
  // Registered before it is filled, so that types may refer to themselves.
  nodes.set(name, node);
  const document = raw.get(name);
  if (document !== undefined) fillBuiltin(node, document, resolve);
  node.schemaName = name;
  node.typeName = name.slice(name.lastIndexOf('.') + 1);
  return node;
}

function referencesOf(value: unknown): string[] {
  const text = JSON.stringify(value);
  return [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
}
