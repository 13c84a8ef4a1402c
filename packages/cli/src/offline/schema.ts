import type { FieldError, KubeObject } from '@weir/api/meta';
import {
  applyDefaults,
  objectMetaSchema,
  prune,
  structuralOfCrd,
  validateCustomResource,
} from '@weir/cluster/schema';
import { narrowSchema } from './narrow.ts';

export interface SchemaResult {
  /** The object with defaults, without fields that the schema does not know. */
  readonly object: KubeObject;
  readonly unknownFields: readonly string[];
  readonly errors: readonly FieldError[];
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly schema?: { readonly openAPIV3Schema?: unknown };
}

/**
 * What the definition of a custom kind says about an object: unknown fields, types, CEL rules. Null: no definition
 * has the kind. A version that is not served is an error.
 */
export function checkSchema(crds: readonly KubeObject[], object: KubeObject): SchemaResult | null {
  const [group = '', version = ''] = object.apiVersion.split('/');
  const found = definitionOf(crds, object);
  if (found === undefined) return null;
  const served = found.spec.versions.filter((one) => one.served);
  const chosen = served.find(({ name }) => name === version);
  if (chosen === undefined) {
    const names = served.map(({ name }) => `${group}/${name}`).join(', ');
    const detail = `this version is not served — use ${names}`;
    const error: FieldError = { type: 'Invalid', path: 'apiVersion', value: object.apiVersion, detail };
    return { object, unknownFields: [], errors: [error] };
  }
  const schema = structuralFor(chosen, object);
  const { value, unknownFields } = prune(schema, object);
  const completed = applyDefaults(schema, value);
  return {
    object: completed as KubeObject,
    unknownFields,
    errors: validateCustomResource(schema, completed, null),
  };
}

/** The object as a server that has these definitions stores it: without unknown fields, with defaults. */
export function completeBySchema(crds: readonly KubeObject[], object: KubeObject): KubeObject {
  const [, version] = object.apiVersion.split('/');
  const chosen = definitionOf(crds, object)?.spec.versions.find(({ name }) => name === version);
  if (chosen === undefined) return object;
  const schema = structuralFor(chosen, object);
  return applyDefaults(schema, prune(schema, object).value) as KubeObject;
}

function definitionOf(crds: readonly KubeObject[], { apiVersion, kind }: KubeObject): Definition | undefined {
  const [group = ''] = apiVersion.split('/');
  return (crds as unknown as readonly Definition[]).find(
    ({ spec }) => spec.group === group && spec.names.kind === kind,
  );
}

function structuralFor(version: Version, object: KubeObject): ReturnType<typeof structuralOfCrd> {
  return structuralOfCrd(narrowSchema(version.schema?.openAPIV3Schema, object), objectMetaSchema);
}
