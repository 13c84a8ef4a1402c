import type { FieldError, KubeObject } from '@weir/api/meta';
import type { StructuralSchema } from '../../schema/index.ts';
import {
  applyDefaults,
  builtinTypeError,
  hasWrongTypes,
  objectMetaSchema,
  omitEmpty,
  prune,
  validateCustomResource,
} from '../../schema/index.ts';

/** What the schema of one version of a kind does with objects. Inputs are never modified. */
export interface KindSchema {
  readonly structural: StructuralSchema;
  /** Why the object cannot be read as this kind at all, or null. */
  decodeError(object: KubeObject): string | null;
  /** Drops fields that the schema does not know and names them. */
  prune(object: KubeObject): { readonly object: KubeObject; readonly unknown: readonly string[] };
  /** Fills in defaults that the schema declares. */
  setDefaults(object: KubeObject): KubeObject;
  /** Whether code that reads the fields could meet other types than it expects. */
  hasWrongTypes(object: KubeObject): boolean;
  /** Types, bounds, formats and rules; `old` is the state before an update. */
  validate(object: KubeObject, old: KubeObject | null): readonly FieldError[];
}

/** Built-in kinds: decoded like Go structs; their defaults and rules are in the strategies. */
export function builtinKindSchema(structural: StructuralSchema): KindSchema {
  return {
    structural,
    decodeError: (object) => builtinTypeError(structural, object) ?? null,
    prune: (object) => {
      const { value, unknownFields } = prune(structural, object);
      return { object: withoutNulls(value) as KubeObject, unknown: unknownFields };
    },
    setDefaults: (object) => omitEmpty(structural, object) as KubeObject,
    hasWrongTypes: () => false,
    validate: () => [],
  };
}

export function customKindSchema(structural: StructuralSchema): KindSchema {
  return {
    structural,
    // Only the metadata of a custom resource is decoded into a Go type; the rest is left to validation.
    decodeError: (object) => builtinTypeError(objectMetaSchema, object.metadata) ?? null,
    prune: (object) => {
      const { value, unknownFields } = prune(structural, object);
      return { object: value as KubeObject, unknown: unknownFields };
    },
    setDefaults: (object) => applyDefaults(structural, object) as KubeObject,
    hasWrongTypes: (object) => hasWrongTypes(structural, object),
    validate: (object, old) => validateCustomResource(structural, object, old),
  };
}

/** Go decodes null as "absent", so clients send it for times and lists that they do not set. */
function withoutNulls(value: unknown): unknown {
  if (!hasNull(value)) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const entries = Object.entries(value as object).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

/** Most objects have none, and are then not copied. */
function hasNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((item) => item === null || hasNull(item));
}
